import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileText, composeText, filesOf, wantedContainer } from '../exactness/compile-services.ts';
import { type Inspected, readInspect, sortLists } from '../exactness/read-inspect.ts';
import { type RandomService, randomService } from '../exactness/service-arbitrary.ts';
import { describeEachRoot } from './host-tier.ts';
import { makeImages } from './images.ts';
import { installUnitFiles, startBatch } from './unit-batches.ts';
import { bootHost, type Host, type HostRoot } from './throwaway-host.ts';

/** Containers on each host, and the versions the units are written for. */
const plans = {
  bookworm: { services: 200, target: { systemd: 252, docker: 20 } },
  trixie: { services: 100, target: { systemd: 257, docker: 26 } },
} satisfies Record<HostRoot, unknown>;
const batchSize = 50;

/** DOCKUNIT_EXACTNESS_SEED repeats a run. */
const seed = Number(process.env.DOCKUNIT_EXACTNESS_SEED ?? Date.now() % 2 ** 31);

describeEachRoot('containers made by a real docker under a real systemd', (root) => {
  let host: Host;
  beforeAll(async () => {
    host = await bootHost({ root, init: 'systemd' });
    await makeImages(host, 'busybox');
  });
  afterAll(() => host.down());

  it('are what their services say', { timeout: 900_000 }, async () => {
    console.info(`DOCKUNIT_EXACTNESS_SEED=${seed}`);
    const { services: count, target } = plans[root];
    const services = fc.sample(randomService('engine'), { numRuns: count, seed });
    for (let from = 0; from < count; from += batchSize) {
      const batch = services
        .slice(from, from + batchSize)
        .map((service, index) => [`s${from + index}`, service] as const);
      await makeSources(host, batch);
      const written = Object.fromEntries(batch.map(([name, service]) => [name, service.written]));
      await installUnitFiles(host, filesOf(compileText(composeText(written), target)));
      await startBatch(host);
      const names = batch.map(([name]) => `exact-${name}`);
      const answer = await host.exec(['docker', 'inspect', '--type', 'container', ...names]);
      const made = new Map((JSON.parse(answer.stdout) as Inspected[]).map((one) => [one.Name, one]));
      for (const [name, service] of batch) {
        const container = made.get(`/exact-${name}`);
        if (container === undefined) throw new Error(`${name} is not there, seed ${seed}: ${answer.stderr}`);
        const wanted = sortLists(wantedContainer(name, service));
        expect(readInspect(container, wanted), `${name}, seed ${seed}`).toEqual(withoutZeros(wanted));
        expect(container.State.Status, `${name}, seed ${seed}`).toBe('running');
      }
    }
  });
});

/** Sources of bind mounts, which `--mount` does not make. */
async function makeSources(host: Host, batch: readonly (readonly [string, RandomService])[]): Promise<void> {
  const sources = batch.flatMap(([, { wanted }]) =>
    Object.values(wanted.mounts).flatMap(({ type, source }) => (type === 'bind' && source ? [source] : [])),
  );
  await host.sh('xargs -0 mkdir -p --', { input: sources.map((source) => `${source}\0`).join('') });
}

/** Docker shows no difference between a number that is 0 and none. */
function withoutZeros(wanted: ReturnType<typeof sortLists>): ReturnType<typeof sortLists> {
  if (wanted.health?.retries !== 0) return wanted;
  const health = Object.entries(wanted.health).filter(([name]) => name !== 'retries');
  return { ...wanted, health: { ...Object.fromEntries(health), disabled: false } };
}
