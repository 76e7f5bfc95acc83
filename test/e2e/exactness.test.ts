import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  compileText,
  composeText,
  filesOf,
  unitDirectory,
  wantedContainer,
} from '../exactness/compile-services.ts';
import { asWanted, readCreate } from '../exactness/read-create.ts';
import { type RandomService, randomService } from '../exactness/service-arbitrary.ts';
import { describeEachRoot } from './host-tier.ts';
import { installUnitFiles, removeUnits, startBatch } from './unit-batches.ts';
import { bootHost, type Host, type HostRoot } from './throwaway-host.ts';

/** Services on each host, and the versions the units are written for; what stands in for docker has none. */
const plans = {
  bookworm: { services: 600, target: { systemd: 252, docker: 26 } },
  trixie: { services: 200, target: { systemd: 257, docker: 26 } },
} satisfies Record<HostRoot, unknown>;
const batchSize = 200;

/** DOCKUNIT_EXACTNESS_SEED repeats a run. */
const seed = Number(process.env.DOCKUNIT_EXACTNESS_SEED ?? Date.now() % 2 ** 31);

/**
 * In place of the docker client: keeps what the kernel holds of its arguments and environment, and
 * answers as docker would of a container that runs.
 */
const recorder = `#!/bin/sh
case $1 in
  create)
    mkdir -p /run/calls/$$
    cat /proc/$$/cmdline >/run/calls/$$/argv
    cat /proc/$$/environ >/run/calls/$$/environ ;;
  inspect) echo running ;;
  start) [ "$2" != --attach ] || exec sleep infinity ;;
  wait) exec sleep infinity ;;
esac
`;

interface Call {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

async function takeCalls(host: Host): Promise<Call[]> {
  const lines = await host.sh(
    'cd /run/calls; for call in *; do base64 -w0 $call/argv; echo; base64 -w0 $call/environ; echo; done; rm -r /run/calls',
  );
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const texts = lines.split('\n').map((line) => {
    const strings = decoder.decode(Buffer.from(line, 'base64')).split('\0');
    expect(strings.pop(), 'the kernel ends each string with a NUL').toBe('');
    return strings;
  });
  return Array.from({ length: texts.length / 2 }, (_, index) => {
    // A script's own argv begins with its interpreter and its path.
    const [, , ...argv] = texts[2 * index] ?? [];
    const variables = (texts[2 * index + 1] ?? []).map((variable): [string, string] => {
      const at = variable.indexOf('=');
      return [variable.slice(0, at), variable.slice(at + 1)];
    });
    return { argv: ['docker', ...argv], environment: Object.fromEntries(variables) };
  });
}

describeEachRoot('argv and environment under a real systemd', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd' });
    await host.writeFile('/usr/local/sbin/docker', recorder, 0o755);
  });
  afterAll(() => host.down());

  it('are byte for byte what the service says', { timeout: 900_000 }, async () => {
    console.info(`DOCKUNIT_EXACTNESS_SEED=${seed}`);
    const { services: count, target } = plans[root];
    const services = fc.sample(randomService('client'), { numRuns: count, seed });
    for (let from = 0; from < count; from += batchSize) {
      const batch = new Map<string, RandomService>(
        services.slice(from, from + batchSize).map((service, index) => [`s${from + index}`, service]),
      );
      const written = Object.fromEntries([...batch].map(([name, service]) => [name, service.written]));
      const files = filesOf(compileText(composeText(written), target));
      await installUnitFiles(host, files);
      await startBatch(host);
      const seen = new Set<string>();
      for (const { argv, environment } of await takeCalls(host)) {
        const readFile = (path: string): string => {
          const file = files.get(path.replace(`${unitDirectory}/`, ''));
          if (file === undefined) throw new Error(`docker is given ${path}, which is not written`);
          return file.content;
        };
        const container = readCreate(argv, { environment, readFile });
        const name = container.name.replace('exact-', '');
        const service = batch.get(name);
        if (service === undefined) throw new Error(`a container of nobody's: ${container.name}`);
        expect(asWanted(container, service.wanted), `${name}, seed ${seed}`).toEqual(
          wantedContainer(name, service),
        );
        seen.add(name);
      }
      expect([...seen].sort()).toEqual([...batch.keys()].sort());
      await removeUnits(host);
    }
  });
});
