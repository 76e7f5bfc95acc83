/** Runs a verb on this machine, or with --host on one machine after another. */
import { messageOf } from '../model/diagnostic.ts';
import { HostError } from '../model/ports.ts';
import type { AuditedRun } from '../run/audit.ts';
import { type Context, type ExitCode, UsageError } from '../run/context.ts';
import { loadVerb } from './load-verb.ts';
import type { Verb } from '../run/verb.ts';
import type { VerbName } from './verbs.ts';

/** A context whose verb is not known yet. */
export type UnauditedContext = Omit<Context, 'recordChange' | 'purpose'>;

/** HostError and UsageError as the verb throws them, those of a machine with its name. */
export async function runVerb(
  context: UnauditedContext,
  run: AuditedRun & { readonly verb: VerbName },
): Promise<ExitCode> {
  const verb = await loadVerb[run.verb]();
  const hosts = hostsOf(run);
  if (hosts.length === 0) return runAudited(context, run, verb);
  const { connectMachine } = await import('../host/remote/connect.ts');
  const { onMachine } = await import('../host/machine/machine.ts');
  for (const [index, name] of hosts.entries()) {
    if (hosts.length > 1) context.err.write(`${context.err.style.heading(name)}\n`);
    let code: ExitCode;
    try {
      const there = connectMachine(name);
      const { environment, uid, clockAhead } = there;
      const now = (): number => context.now() + clockAhead;
      try {
        code = await onMachine(there, () => runAudited({ ...context, environment, uid, now }, run, verb));
      } finally {
        there.close();
      }
    } catch (error) {
      sayWhichAreDone(context, hosts, index);
      throw await withHostName(error, name);
    }
    if (code !== 0 || (context.signal.aborted && index + 1 < hosts.length)) {
      sayWhichAreDone(context, hosts, index);
      return code === 0 ? 1 : code;
    }
  }
  return 0;
}

/** The machines named, each once; UsageError where the verb cannot use them. */
function hostsOf({ verb, spec, options }: AuditedRun): readonly string[] {
  const { host } = options;
  const hosts: readonly string[] = Array.isArray(host) ? [...new Set(host.map(String))] : [];
  if (hosts.length === 0) return [];
  if (spec.remote !== 'there') {
    throw new UsageError(`--host cannot be used with ${verb}: ${spec.remote.refusal}`, spec.remote.remedy);
  }
  if (options['manager'] === 'supervisor') {
    throw new UsageError(
      'A supervisor cannot be asked from another host: --host needs systemd there',
      'Log in there, and run dockunit on that host itself',
    );
  }
  return hosts;
}

async function runAudited(context: UnauditedContext, run: AuditedRun, verb: Verb): Promise<ExitCode> {
  const work = (auditedContext: Context): Promise<ExitCode> =>
    verb.run(auditedContext, run.options as never, run.names);
  const purpose = run.spec.changes === 'never' ? 'read' : 'change';
  // A verb that only reads does not load the audit.
  if (!mayChange(run)) return work({ ...context, purpose, recordChange: () => undefined });
  const { auditVerb } = await import('../run/audit.ts');
  return auditVerb({ ...context, purpose }, run, work);
}

/**
 * Whether this run of the verb may change the host.
 * @internal exported for tests: the test asks it about every verb
 */
export function mayChange({ spec: { changes }, options }: Pick<AuditedRun, 'spec' | 'options'>): boolean {
  if (changes === 'never' || options['dryRun'] === true) return false;
  return changes === 'always' || changes.with.some((option) => options[option] !== undefined);
}

/** With several hosts: prints which are done, which one failed, and which were not touched. */
function sayWhichAreDone({ err }: UnauditedContext, hosts: readonly string[], index: number): void {
  if (hosts.length === 1) return;
  const parts = [
    ['done', hosts.slice(0, index)],
    ['not done', hosts.slice(index, index + 1)],
    ['not begun', hosts.slice(index + 1)],
  ] as const;
  const words = parts
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what}: ${names.join(', ')}`);
  err.write(`${words.join('; ')}\n`);
}

/** The error with the name of its machine, unless its message has it. */
async function withHostName(error: unknown, name: string): Promise<unknown> {
  const { ConnectionError } = await import('../host/machine/connection-errors.ts');
  if (!(error instanceof HostError) || error instanceof ConnectionError) return error;
  return new HostError(`On ${name}: ${messageOf(error)}`, error.remedy, { cause: error });
}
