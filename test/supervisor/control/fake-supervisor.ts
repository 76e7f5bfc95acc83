/** A SupervisorApi that does nothing but answer, for tests of what lies between it and its clients. */
import { HostError } from '../../../src/model/ports.ts';
import type { JobEvent, JobResult, UnitState } from '../../../src/model/ports.ts';
import type { SupervisorApi } from '../../../src/supervisor/control/supervisor-api.ts';

export interface FakeSupervisor extends SupervisorApi {
  /** What was asked: `start web.service`. */
  readonly asked: string[];
  /** The runs that have not ended, in the order they came; a test tells their events and ends them. */
  readonly runs: FakeRun[];
}

interface FakeRun {
  readonly units: readonly string[];
  readonly onEvent: (event: JobEvent) => void;
  readonly signal: AbortSignal | undefined;
  end(result: JobResult): void;
}

/** Knows every unit but `absent.service`; a run lasts until the test ends it. */
export function fakeSupervisor(): FakeSupervisor {
  const asked: string[] = [];
  const runs: FakeRun[] = [];
  return {
    asked,
    runs,
    version: () => Promise.resolve(257),
    reload: () => {
      asked.push('reload');
      return Promise.resolve();
    },
    enable: (units) => Promise.resolve(units.map((unit) => link('symlink', unit))),
    disable: (units) => Promise.resolve(units.map((unit) => link('unlink', unit))),
    resetFailed: (units) => {
      asked.push(`reset-failed ${units.join(' ')}`);
      return Promise.resolve();
    },
    run: (verb, units, onEvent = () => undefined, signal) => {
      asked.push(`${verb} ${units.join(' ')}`);
      if (units.includes('absent.service')) {
        return Promise.reject(new HostError('Cannot start absent.service: there is none', 'Write it first'));
      }
      return new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason));
        const end = (result: JobResult): void => resolve(new Map(units.map((unit) => [unit, result])));
        runs.push({ units, onEvent, signal, end });
      });
    },
    states: (units) => Promise.resolve(units.map(stateOf)),
    pendingJobs: () => Promise.resolve([{ unit: 'web.service', verb: 'start', state: 'running' }]),
    history: (unit = 'web.service') =>
      Promise.resolve([
        {
          time: 1,
          unit,
          fact: {
            kind: 'job-new',
            job: 1,
            type: 'start',
            cause: { kind: 'request', request: 'start web' },
          },
        },
      ]),
    unitNames: () => Promise.resolve(['db.service', 'web.service']),
    shutdown: () => Promise.resolve([]),
  };
}

export function stateOf(name: string): UnitState {
  return {
    name,
    loadState: 'loaded',
    activeState: 'failed',
    subState: 'failed',
    unitFileState: 'enabled',
    result: 'exit-code',
    restarts: 3,
    since: 1_700_000_000_000,
    fragmentPath: `/etc/systemd/system/${name}`,
    exitStatus: 1,
    needsReload: true,
    dropIns: ['/etc/systemd/system/web.service.d/more.conf'],
  };
}

function link(action: 'symlink' | 'unlink', unit: string) {
  const path = `/etc/systemd/system/multi-user.target.wants/${unit}`;
  return { action, path, target: `/etc/systemd/system/${unit}` };
}
