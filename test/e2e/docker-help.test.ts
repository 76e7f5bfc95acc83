/**
 * The table of options (src/units/docker-options.ts) against what the two clients say of themselves:
 * each option is in the help of a client of its version or a later one, and in that of no older one.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DockerCommand, dockerOptions, optionOf } from '../../src/units/docker-options.ts';
import { describeEachRoot } from './host-tier.ts';
import { type Host, type HostRoot, bootHost } from './throwaway-host.ts';

const versions = { bookworm: 20, trixie: 26 } satisfies Record<HostRoot, number>;
const commands = Object.keys(dockerOptions) as DockerCommand[];

describeEachRoot('the options that units give to docker', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'plain' });
  });
  afterAll(() => host.down());

  const helpOf = async (command: string, env: Record<string, string> = {}): Promise<ReadonlySet<string>> => {
    const { stdout } = await host.exec(['docker', ...command.split(' '), '--help'], { env });
    return new Set(Array.from(stdout.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm), ([, option = '']) => option));
  };

  it.each(commands.filter((command) => command !== 'build'))('docker %s', async (command) => {
    const known = await helpOf(command);
    const names = Object.keys(dockerOptions[command]);
    const wanted = names.filter((name) => (optionOf(command, name)?.since ?? 20) <= versions[root]);
    expect(names.filter((name) => known.has(name))).toEqual(wanted);
  });

  it('docker build, of which every builder knows those that are not rare', async () => {
    const builders = [await helpOf('build'), await helpOf('build', { DOCKER_BUILDKIT: '1' })];
    const names = Object.keys(dockerOptions.build);
    // The classic builder of Docker 20.10 takes --platform (build.test.ts), and names it where the daemon is experimental.
    const common = names.filter(
      (name) => name === '--platform' || builders.every((known) => known.has(name)),
    );
    const rare = names.filter((name) => optionOf('build', name)?.rare === true);
    // What Docker 26 finds is the buildx plugin, which knows all.
    expect(common).toEqual(root === 'trixie' ? names : names.filter((name) => !rare.includes(name)));
  });
});
