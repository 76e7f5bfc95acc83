/**
 * Who changed what: each run of a verb that changes the host is told to the audit log, when the first
 * change begins and when the verb ends, so that one which was cut off has a beginning without an end.
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
import type { Context, ExitCode } from './context.ts';
import type { VerbSpec } from './verb.ts';

/** A line of the audit log. */
export interface AuditRecord {
  /** RFC 3339, UTC. */
  readonly time: string;
  /** The same in all lines of one run. */
  readonly run: string;
  readonly event: 'begins' | 'done' | 'failed';
  readonly verb: string;
  /** What the verb was told beside its options: services. */
  readonly names: readonly string[];
  readonly options: object;
  readonly user: string;
  readonly uid: number;
  /** Who became that user by sudo(8). */
  readonly sudoUser?: string;
  /** Where that user's ssh session comes from: an address. */
  readonly ssh?: string;
  /** With --host: who ran dockunit, and where: `alice@laptop`. */
  readonly from?: string;
  /** The one that is changed: its own name, or what --host calls it. */
  readonly host: string;
  readonly workingDirectory: string;
  /** In `begins` the first of them. */
  readonly changes: readonly Change[];
  readonly exitCode?: ExitCode;
  readonly error?: string;
}

/** What one run is, for `auditVerb`. */
export interface AuditedRun {
  readonly verb: string;
  readonly spec: VerbSpec;
  readonly options: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
}

/** Where lines go; replaced in tests. */
export interface AuditPort {
  append(path: string, line: string, mode: number): void;
  tellJournal(line: string): void;
}

const auditPort: AuditPort = { append: appendAudit, tellJournal };

/**
 * Runs the verb with a context that heeds its changes, and writes them down. Lines that cannot be
 * written are a warning, once, when the verb has said what it has to say, its error too. What changed nothing leaves no
 * line, unless it failed on the host.
 */
export async function auditVerb(
  context: Omit<Context, 'changed'>,
  run: AuditedRun,
  verb: (context: Context) => Promise<ExitCode>,
  port: AuditPort = auditPort,
): Promise<ExitCode> {
  const changes: Change[] = [];
  // It tells runs apart and is no secret: node:crypto takes longer to load than all else here.
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
  const changed = (change: Change): void => {
    changes.push(change);
    if (changes.length === 1) write('begins');
  };
  try {
    const exitCode = await verb({ ...context, changed });
    if (changes.length > 0 || exitCode === 1) write(exitCode === 0 ? 'done' : 'failed', { exitCode });
    if (changes.length > 0) warn(context, faults.values());
    return exitCode;
  } catch (error) {
    const exitCode = error instanceof UsageError ? 2 : 1;
    if (changes.length > 0 || exitCode === 1) write('failed', { exitCode, error: messageOf(error) });
    // A change is told before it is made: the only one is what could not be made.
    if (changes.length > 1) warn(context, faults.values());
    throw error;
  }
}

/** Below the error of the verb, where it ends with one: that is what its user has to act on. */
function warn({ err, atEnd }: Pick<Context, 'err' | 'atEnd'>, faults: Iterable<HostError>): void {
  const { name } = machine();
  const which = name === undefined ? 'the audit' : `the audit of ${name}`;
  for (const { message, remedy } of faults) {
    atEnd(`${err.style.warning('warning:')} this change is not in ${which}: ${message}\n→ ${remedy}\n`);
  }
}

/** A fault of dockunit's own says what it met, which may be anything: its message is left out. */
function messageOf(error: unknown): string {
  return error instanceof HostError || error instanceof UsageError ? error.message : 'internal error';
}

/** @returns why the record is not everywhere it belongs */
function writeRecord(
  { environment, uid }: Omit<Context, 'changed'>,
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

/** The system's may be read by a group that the administrator gives the file to. */
const modes = { system: 0o640, user: 0o600 } as const satisfies Record<Scope, number>;

function whoseDoing({
  environment,
  variables,
}: Omit<Context, 'changed'>): Pick<AuditRecord, 'user' | 'uid' | 'sudoUser' | 'ssh' | 'from' | 'host'> {
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

/** In a word: who became the user by sudo(8), else the user. */
export function whoIs(context: Omit<Context, 'changed'>): string {
  const { user, sudoUser } = whoseDoing(context);
  return sudoUser ?? user;
}
