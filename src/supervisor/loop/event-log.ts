/** Records what the unit engine does: the history of `why`, and a line in the unit's log. */
import type { Effect } from '../engine/protocol.ts';
import { factOf, History } from './history.ts';
import { logWords } from './log-words.ts';
import type { SupervisorPorts } from './ports.ts';

export class EventLog {
  readonly #ports: SupervisorPorts;
  readonly history: History;

  constructor(ports: SupervisorPorts) {
    this.#ports = ports;
    this.history = new History(ports.history);
  }

  /** All units are down again, whatever their states were before. */
  beginBoot(): void {
    this.history.add({ time: Math.round(this.#ports.clock.wall()), unit: '', fact: { kind: 'boot' } });
  }

  hear(effect: Effect): void {
    const time = Math.round(this.#ports.clock.wall());
    const fact = factOf(effect);
    if (fact !== undefined) this.history.add({ time, ...fact });
    const words = logWords(effect);
    if (words === undefined) return;
    const { unit, message, priority } = words;
    this.#ports.logs.append(unit, { time: time * 1000, priority, identifier: 'dockunit', message });
  }
}
