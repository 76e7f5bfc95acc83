/**
 * Runs steps on a Manager and prints what came of each, as JSON: bundled and executed within a
 * throwaway host by systemd-manager.test.ts. Usage: node manager-steps.mjs SCOPE STEPS_JSON
 */
import { execFileSync } from 'node:child_process';
import { HostError } from '../../src/model/ports.ts';
import type { JobEvent, JobVerb } from '../../src/model/ports.ts';
import type { Manager } from '../../src/manager/manager.ts';
import { selectManager } from '../../src/manager/select.ts';

export type Step =
  | { readonly do: 'version' | 'reload' | 'pendingJobs' }
  | { readonly do: 'enable' | 'disable' | 'resetFailed' | 'states'; readonly units: readonly string[] }
  | {
      readonly do: 'run';
      readonly verb: JobVerb;
      readonly units: readonly string[];
      /** A command to run while the jobs are in progress, some milliseconds after they began. */
      readonly meanwhile?: { readonly after: number; readonly argv: readonly [string, ...string[]] };
      /** Stop waiting after this many milliseconds. */
      readonly abortAfter?: number;
    };

/** What came of a step; `events` of a run only. */
export interface StepResult {
  readonly value?: unknown;
  readonly events?: readonly JobEvent[];
  readonly error?: { readonly name: string; readonly message: string; readonly remedy?: string };
}

async function perform(manager: Manager, step: Step, events: JobEvent[]): Promise<unknown> {
  switch (step.do) {
    case 'version':
    case 'reload':
    case 'pendingJobs':
      return manager[step.do]();
    case 'enable':
    case 'disable':
    case 'resetFailed':
    case 'states':
      return manager[step.do](step.units);
    case 'run': {
      const { meanwhile, abortAfter } = step;
      if (meanwhile) {
        const [file, ...args] = meanwhile.argv;
        setTimeout(() => execFileSync(file, args, { stdio: 'ignore' }), meanwhile.after);
      }
      const signal = abortAfter === undefined ? undefined : AbortSignal.timeout(abortAfter);
      return Object.fromEntries(
        await manager.run(step.verb, step.units, (event) => events.push(event), signal),
      );
    }
  }
}

function describe(error: unknown): NonNullable<StepResult['error']> {
  if (error instanceof HostError) return { name: error.name, message: error.message, remedy: error.remedy };
  return { name: error instanceof Error ? error.name : typeof error, message: String(error) };
}

async function attempt(run: (events: JobEvent[]) => Promise<unknown>): Promise<StepResult> {
  const events: JobEvent[] = [];
  try {
    return { value: (await run(events)) ?? null, events };
  } catch (error) {
    return { error: describe(error), events };
  }
}

const [scope, steps] = process.argv.slice(2);
const results: StepResult[] = [];
let manager: Manager | undefined;
results.push(
  await attempt(async () => {
    manager = await selectManager({ scope: scope === 'user' ? 'user' : 'system' });
    return manager.kind;
  }),
);
for (const step of JSON.parse(steps ?? '[]') as Step[]) {
  const chosen = manager;
  if (chosen) results.push(await attempt((events) => perform(chosen, step, events)));
}
manager?.close();
process.stdout.write(JSON.stringify(results));
