/**
 * Who changed what: each run of a verb that changes the host writes to the audit log when the first change
 * begins and when the verb ends, so that an interrupted run has a beginning without an end.
 */
import { hostname } from 'node:os';
import { appendAudit, tellJournal } from './audit-log.ts';
import type { Scope } from '../model/ports.ts';
import { machine } from '../host/machine/machine.ts';
import { HostError } from '../model/ports.ts';
import { userName } from '../host/machine/user-name.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { UsageError } from '../model/diagnostic.ts';
import type { Change } from './change.ts';
import type { ChangeContext, Context, ExitCode } from './context.ts';
import type { VerbSpec } from './verb.ts';
import { remarkText } from './report.ts';

/** A line of the audit log. */
export interface AuditRecord {
  /** RFC 3339, UTC. */
  readonly time: string;
  /** The same in all lines of one run. */
  readonly run: string;
  readonly event: 'begins' | 'done' | 'failed';
  readonly verb: string;
  /** The arguments of the verb beside its options: services. */
  readonly names: readonly string[];
  readonly options: object;
  readonly user: string;
  readonly uid: number;
  /** The user who became that user by sudo(8). */
  readonly sudoUser?: string;
  /** Where that user's ssh session comes from: an address. */
  readonly ssh?: string;
  /** With --host: the user who ran dockunit, and the machine: `alice@laptop`. */
  readonly from?: string;
  /** The host that is changed: its own name, or its name in --host. */
  readonly host: string;
  readonly workingDirectory: string;
  /** In `begins` only the first one. */
  readonly changes: readonly Change[];
  readonly exitCode?: ExitCode;
  readonly error?: string;
}

/** The description of one run, for `auditVerb`. */
export interface AuditedRun {
  readonly verb: string;
  readonly spec: VerbSpec;
  readonly options: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
}

/** Receives the lines; tests replace it. */
export interface AuditPort {
  append(path: string, line: string, mode: number): void;
  tellJournal(line: string): void;
}

const auditPort: AuditPort = { append: appendAudit, tellJournal };

/**
 * Runs the verb with a context that collects its changes, and writes them to the log. If a line cannot be
 * written, dockunit warns once, after all output of the verb, its error included. A run that changed
 * nothing leaves no line, unless it failed on the host.
 */
export async function auditVerb(
  context: Omit<Context, 'recordChange'>,
  run: AuditedRun,
  verb: (context: Context) => Promise<ExitCode>,
  port: AuditPort = auditPort,
): Promise<ExitCode> {
  const changes: Change[] = [];
  // The id distinguishes runs and is no secret: node:crypto takes longer to load than all other modules here.
  const id = Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  const faults = new Map<string, HostError>();
  const write = (
    event: AuditRecord['event'],
    outcome: Pick<AuditRecord, 'exitCode' | 'error'> = {},
  ): void => {
    const record: AuditRecord = {
      time: new Date(context.now()).toISOString(),
      run: id,
      event,
      verb: run.verb,
      names: run.names,
      options: run.options,
      ...whoseDoing(context),
      workingDirectory: context.workingDirectory,
      changes: [...changes],
      ...outcome,
    };
    for (const fault of writeRecord(context, run.options, port, record)) faults.set(fault.message, fault);
  };
  const recordChange = (change: Change): void => {
    changes.push(change);
    if (changes.length === 1) write('begins');
  };
  try {
    const exitCode = await verb({ ...context, recordChange });
    if (changes.length > 0 || exitCode === 1) write(exitCode === 0 ? 'done' : 'failed', { exitCode });
    if (changes.length > 0) warn(context, faults.values());
    return exitCode;
  } catch (error) {
    const exitCode = error instanceof UsageError ? 2 : 1;
    if (changes.length > 0 || exitCode === 1) write('failed', { exitCode, error: messageOf(error) });
    // The audit gets a change before it is made: a single change is the one that failed.
    if (changes.length > 1) warn(context, faults.values());
    throw error;
  }
}

/** Below the error of the verb, where it ends with one: the user has to act on that error. */
function warn({ err, atEnd }: Pick<Context, 'err' | 'atEnd'>, faults: Iterable<HostError>): void {
  const { name } = machine();
  const which = name === undefined ? 'the audit' : `the audit of ${name}`;
  for (const { message, remedy } of faults) {
    atEnd(remarkText(err.style, 'warning', `this change is not in ${which}: ${message}`, remedy));
  }
}

/** An internal error may quote arbitrary data, so its message is not logged. */
function messageOf(error: unknown): string {
  return error instanceof HostError || error instanceof UsageError ? error.message : 'internal error';
}

/** @returns why the record could not be written everywhere */
function writeRecord(
  { environment, uid }: Omit<Context, 'recordChange'>,
  options: Readonly<Record<string, unknown>>,
  port: AuditPort,
  record: AuditRecord,
): readonly HostError[] {
  const scope: Scope = options['user'] === true ? 'user' : 'system';
  const line = JSON.stringify(record);
  const { audit } = stateDirectories(scope, environment, uid);
  return [() => port.append(audit, line, modes[scope]), () => port.tellJournal(line)].flatMap((write) => {
    try {
      write();
      return [];
    } catch (error) {
      return error instanceof HostError ? [error] : [];
    }
  });
}

/** A group to which the administrator gives the file may read the system's log. */
const modes = { system: 0o640, user: 0o600 } as const satisfies Record<Scope, number>;

function whoseDoing({
  environment,
  variables,
}: Omit<Context, 'recordChange'>): Pick<AuditRecord, 'user' | 'uid' | 'sudoUser' | 'ssh' | 'from' | 'host'> {
  const { name, user, uid } = machine();
  const sudoUser = variables['SUDO_USER'] ?? '';
  const [ssh = ''] = (environment['SSH_CONNECTION'] ?? '').split(' ');
  return {
    user,
    uid,
    ...(sudoUser !== '' && { sudoUser }),
    ...(ssh !== '' && { ssh }),
    ...(name !== undefined && { from: `${userName(process.geteuid?.() ?? 0)}@${hostname()}` }),
    host: name ?? hostname(),
  };
}

/** What changing the host takes of this verb; the change is that of the user who ran sudo(8), else of the user. */
export function changeContext(context: Context): ChangeContext {
  const { err, now, signal, recordChange } = context;
  const { user, sudoUser } = whoseDoing(context);
  return { err, now, signal, recordChange, who: sudoUser ?? user };
}
