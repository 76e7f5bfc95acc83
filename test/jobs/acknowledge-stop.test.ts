import { describe, expect, it } from 'vitest';
import { acknowledgeStop } from '../../src/jobs/acknowledge-stop.ts';
import type { Context } from '../../src/run/context.ts';
import type { HostPorts } from '../../src/session/session.ts';
import type { InstalledUnit } from '../../src/session/installed-units.ts';
import { type ContainerState, type DockerPort, HostError, type UnitState } from '../../src/model/ports.ts';
import { plainStyle } from '../../src/ui/style.ts';

const state = (activeState: UnitState['activeState'], exitStatus?: number): UnitState =>
  ({ name: 'web.service', activeState, ...(exitStatus !== undefined && { exitStatus }) }) as UnitState;
const web = { name: 'web.service', kind: 'container', container: 'web' } as InstalledUnit;
const containers = (...up: readonly string[]): Promise<ReadonlyMap<string, ContainerState>> =>
  Promise.resolve(new Map(up.map((name) => [name, { name, status: 'running' } as ContainerState])));

async function stop(
  before: UnitState,
  after: UnitState,
  inspectContainers: DockerPort['inspectContainers'] = () => containers(),
): Promise<{ told: string; cleared: readonly string[]; left: readonly string[] }> {
  let told = '';
  const cleared: string[] = [];
  const manager = {
    states: () => Promise.resolve([after]),
    resetFailed: (units: readonly string[]) => Promise.resolve(void cleared.push(...units)),
  };
  const err = { write: (text: string) => void (told += text), style: plainStyle };
  const host = { manager, docker: { inspectContainers } } as unknown as HostPorts;
  const left = await acknowledgeStop([web], [before], host, { err } as unknown as Context);
  return { told, cleared, left };
}

describe('after a stop', () => {
  it('reports a container that docker had to kill, and clears its failure', async () => {
    expect(await stop(state('active'), state('failed', 137))).toEqual({
      told: 'web.service: did not stop within its grace and was killed\n',
      cleared: ['web.service'],
      left: [],
    });
  });

  it('clears an older failure silently', async () => {
    expect(await stop(state('failed', 137), state('failed', 137))).toEqual({
      told: '',
      cleared: ['web.service'],
      left: [],
    });
  });

  it('clears the failure of a program that ends with an error, since its container is gone', async () => {
    expect(await stop(state('active'), state('failed', 1))).toEqual({
      told: '',
      cleared: ['web.service'],
      left: [],
    });
  });

  it.each([
    ['runs on', () => containers('web')],
    ['may run on, as docker does not answer', () => Promise.reject(new HostError('away', 'Start it'))],
  ])('reports a container that %s, and leaves its unit failed', async (_how, inspectContainers) => {
    expect(await stop(state('active'), state('failed', 1), inspectContainers)).toEqual({
      told:
        'web.service: docker did not stop web, which may still run\n' +
        '  → When docker is back: docker rm --force web\n',
      cleared: [],
      left: ['web.service'],
    });
  });

  it('reports nothing about a service that stopped by itself', async () => {
    expect(await stop(state('active'), state('inactive', 0))).toEqual({ told: '', cleared: [], left: [] });
  });
});
