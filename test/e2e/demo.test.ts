import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { describeHost } from './host-tier.ts';
import { hostScript } from './throwaway-host.ts';

const demo = fileURLToPath(new URL('../../scripts/demo.sh', import.meta.url));

const hosts = async (): Promise<readonly string[]> =>
  (await execa(hostScript, ['list'])).stdout.split('\n').flatMap((line) => /^demo-\S+/.exec(line) ?? []);

/** What a newcomer sees first. */
describeHost('npm run demo', () => {
  it('shows the main job from the Compose file to the stop, and takes its host down', async () => {
    const { exitCode, all, pid } = await run([]);
    expect(exitCode, all).toBe(0);
    // In this order, each after the command that is printed over it.
    const story = [
      /^\$ dockunit apply\n(.*\n)*sqliteserver\.service: started.*\n(.*\n)*sqliteproxy\.service: started/m,
      /^\$ sed .*sqliteproxy\.service\n# From .*\n\[Unit\]\n/m,
      /^\$ echo "select \* from fruit;.*\napple\|3\npear\|4\n7\n/m,
      /^\$ kill -9 .*sqliteserver\)"$/m,
      /^SQL answers after/m,
      /^\$ echo "select sum\(price\) from fruit;".*\n7\n/m,
      /^sqliteserver +running +\S+ +1 /m,
      /^\$ dockunit stop sqliteserver\nsqliteproxy\.service: stopped.*\nsqliteserver\.service: stopped/m,
      /^\$ docker ps --all\nCONTAINER ID.*\n\n/m,
      /^\$ dockunit start sqliteproxy\n(.*\n)*sqliteserver\.service: started.*\n(.*\n)*sqliteproxy\.service: started/m,
    ];
    expectInOrder(all, story);
    expect(await hosts()).not.toContain(`demo-${pid}`);
  });

  it('shows the same without systemd, and containers that outlive their supervisor', async () => {
    const { exitCode, all, pid } = await run(['--no-systemd']);
    expect(exitCode, all).toBe(0);
    expectInOrder(all, [
      /^\$ dockunit supervise .*\n+it answers after/m,
      /^\$ dockunit apply\n(.*\n)*sqliteserver\.service: started.*\n(.*\n)*sqliteproxy\.service: started/m,
      /^\$ echo "select \* from fruit;.*\napple\|3\npear\|4\n7\n/m,
      /^\$ kill -9 .*sqliteserver\)"$/m,
      /^SQL answers after/m,
      /^sqliteserver +running +\S+ +1 /m,
      /^\$ dockunit logs .*\n(.*\n)*sqliteserver\.service: restarts for the 1st time\n/m,
      /^\$ dockunit why sqliteproxy\n.* active .*\n└ .* restarted.*\n.*Restart=.*\n.*exit with 137/m,
      /^\$ kill -9 .*dockunit supervise/m,
      // The same runs of the same containers, and the count of restarts with them.
      /^sqliteserver +running +\S+ +1 /m,
      /^\$ dockunit stop sqliteserver\nsqliteproxy\.service: stopped.*\nsqliteserver\.service: stopped/m,
      /^\$ docker ps --all\nCONTAINER ID.*\n\n/m,
      /takes over what runs: sqliteproxy\.service, sqliteserver\.service\n(.*\n)*.*everything has stopped\n/m,
      /^\$ docker ps --all\nCONTAINER ID.*\n\n/m,
    ]);
    const runs = all.match(/^\/sqlite(?:server|proxy) [0-9a-f]{12} since .*$/gm) ?? [];
    expect(runs).toHaveLength(4);
    expect(runs.slice(2)).toEqual(runs.slice(0, 2));
    expect(await hosts()).not.toContain(`demo-${pid}`);
  });

  it('takes its host down when it is interrupted', async () => {
    const { exitCode, pid } = await run([], (text) => text.includes('$ cat compose.yaml'));
    expect(exitCode).toBe(130);
    expect(await hosts()).not.toContain(`demo-${pid}`);
  });
});

/** Each part stands in the text, after the part before it. */
function expectInOrder(text: string, parts: readonly RegExp[]): void {
  let rest = text;
  for (const part of parts) {
    expect(rest).toMatch(part);
    rest = rest.slice(rest.search(part) + 1);
  }
}

/** Runs the demo without a terminal; sends SIGINT once `interruptAt` is true of what it has said. */
async function run(
  options: readonly string[],
  interruptAt?: (said: string) => boolean,
): Promise<{
  readonly exitCode: number | undefined;
  readonly all: string;
  readonly pid: number | undefined;
}> {
  const running = execa(demo, options, { all: true, reject: false, stdin: 'ignore', timeout: 280_000 });
  let said = '';
  running.all.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (interruptAt?.(said) === true) running.kill('SIGINT');
  });
  const { exitCode, all } = await running;
  return { exitCode, all, pid: running.pid };
}
