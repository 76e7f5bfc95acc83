/** How late things are on a real host. */

/** Latencies of a real host in ms, each drawn between 0 and its bound. */
interface Latencies {
  /** From fork to the stub's first word, on a machine with other things to do. */
  readonly spawn: number;
  /** From a process's end to systemd's knowing. */
  readonly notice: number;
  /** sd-event's timers are up to 250 ms late unless a test sets otherwise, so as to wake up once for several. */
  readonly timer: number;
  /** From a request to its being taken. */
  readonly request: number;
}
export const latencies: Latencies = { spawn: 80, notice: 60, timer: 260, request: 150 };

/** How late something is, from 0 to 1 of its bound. */
export type Lateness = (of: keyof Latencies) => number;
