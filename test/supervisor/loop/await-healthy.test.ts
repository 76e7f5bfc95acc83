/** The wait for a healthy container, by what Docker says of it in turn. */
import { expect, it } from 'vitest';
import type { DockerContainer } from '../../../src/model/supervisor-ports.ts';
import { nativeCommand } from '../../../src/supervisor/loop/native-commands.ts';
import { type NativeContext } from '../../../src/supervisor/loop/native-command.ts';
import { runCommand } from '../../../src/units/scripts.ts';

type Seen = Pick<DockerContainer, 'status' | 'health'> | undefined;

/** @param looks what is seen in turn; the decision must fall by the last one */
async function outcome(looks: readonly Seen[]): Promise<number | 'shell' | 'undecided'> {
  const { argv } = runCommand('/etc/systemd/system/shop-run.sh', 'await-healthy', ['shop-db', '20']);
  const command = nativeCommand(argv.map(String));
  if (command === undefined) throw new Error('not done here');
  const until: NativeContext['watch']['until'] = (_container, _signal, decide) => {
    for (const seen of looks) {
      const decision = decide(seen as DockerContainer | undefined);
      if (decision !== undefined) return Promise.resolve(decision);
    }
    return Promise.reject(new Error('undecided'));
  };
  // It looks at the container, and needs nothing else.
  const context = { watch: { until }, signal: new AbortController().signal, say: () => undefined };
  return command(context as unknown as NativeContext).catch(() => 'undecided');
}

it.each<[string, readonly Seen[], number | 'undecided']>([
  ['is healthy', [{ status: 'running', health: 'healthy' }], 0],
  ['has no health check', [{ status: 'running' }], 1],
  ['is made and not started yet', [{ status: 'created' }], 'undecided'],
  [
    'crashes before it is healthy, and is recreated',
    [
      { status: 'running', health: 'starting' },
      undefined,
      { status: 'created' },
      { status: 'running', health: 'starting' },
      { status: 'running', health: 'healthy' },
    ],
    0,
  ],
])('a container that %s', async (_what, looks, expected) => {
  expect(await outcome(looks)).toBe(expected);
});
