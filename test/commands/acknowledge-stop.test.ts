import { describe, expect, it } from 'vitest';
import { acknowledgeStop } from '../../src/commands/acknowledge-stop.ts';
import type { Context } from '../../src/commands/context.ts';
import type { HostPorts } from '../../src/commands/host-ports.ts';
import type { InstalledUnit } from '../../src/commands/installed-units.ts';
import type { UnitState } from '../../src/host/ports.ts';
import { plainStyle } from '../../src/ui/style.ts';

const state = (activeState: UnitState['activeState'], exitStatus?: number): UnitState =>
  ({ name: 'web.service', activeState, ...(exitStatus !== undefined && { exitStatus }) }) as UnitState;
const web = { name: 'web.service', kind: 'container' } as InstalledUnit;

async function stop(
  before: UnitState,
  after: UnitState,
): Promise<{ told: string; cleared: readonly string[] }> {
  let told = '';
  const cleared: string[] = [];
  const manager = {
    states: () => Promise.resolve([after]),
    resetFailed: (units: readonly string[]) => Promise.resolve(void cleared.push(...units)),
  };
  const err = { write: (text: string) => void (told += text), style: plainStyle };
  await acknowledgeStop([web], [before], { manager } as unknown as HostPorts, { err } as unknown as Context);
  return { told, cleared };
}

describe('after a stop', () => {
  it('tells of a container that had to be killed, and clears its failure', async () => {
    expect(await stop(state('active'), state('failed', 137))).toEqual({
      told: 'web.service: did not stop within its grace and was killed\n',
      cleared: ['web.service'],
    });
  });

  it('clears an older failure without a word', async () => {
    expect(await stop(state('failed', 137), state('failed', 137))).toEqual({
      told: '',
      cleared: ['web.service'],
    });
  });

  it('has nothing to say of what stopped by itself', async () => {
    expect(await stop(state('active'), state('inactive', 0))).toEqual({ told: '', cleared: [] });
  });
});
