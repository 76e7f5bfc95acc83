/** Whether the kernel considers its clock synchronised (STA_UNSYNC of adjtimex(2), which Node cannot call). */
import { lookAt, readText } from '../machine/fs.ts';
import { runProgram } from '../machine/run-program.ts';

/** Programs that report it, and the meaning of their answers; undefined where they do not know either. */
const witnesses = [
  ['timedatectl', ['show', '--property=NTPSynchronized', '--value'], yesOrNo],
  ['chronyc', ['-n', 'tracking'], leapStatus],
  ['adjtimex', ['--print'], statusBits],
] as const satisfies readonly (readonly [
  string,
  readonly string[],
  (output: string) => boolean | undefined,
])[];

function yesOrNo(output: string): boolean | undefined {
  return { yes: true, no: false }[output.trim()];
}

function leapStatus(output: string): boolean | undefined {
  const status = /^Leap status\s*:\s*(\S.*)$/m.exec(output)?.[1];
  return status === undefined ? undefined : status !== 'Not synchronised';
}

/** STA_UNSYNC, include/uapi/linux/timex.h. */
const unsynchronisedBit = 0x40;

function statusBits(output: string): boolean | undefined {
  const status = /^[ \t]*status:\s*(\d+)/m.exec(output)?.[1];
  return status === undefined ? undefined : (Number(status) & unsynchronisedBit) === 0;
}

/**
 * The answer of the first program that knows; undefined where none does.
 * @param timeout milliseconds for each
 */
export async function clockIsSynchronised(timeout: number): Promise<boolean | undefined> {
  for (const [program, args, read] of witnesses) {
    const { hasFailed, stdout } = await runProgram(program, args, { timeout });
    const answer = hasFailed ? undefined : read(stdout);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/**
 * Whether this host is a container, which uses the clock of its host; os-release and container interface of systemd.
 */
export function isContainer(): boolean {
  if (
    ['/run/systemd/container', '/.dockerenv', '/run/.containerenv'].some((path) => lookAt(path) !== undefined)
  )
    return true;
  try {
    return /(?:^|\0)container=./.test(readText('/proc/1/environ'));
  } catch {
    return false;
  }
}
