/** D-Bus errors of systemd as HostErrors: the problem in the user's words, and what to do. */
import { userOption } from '../../model/user-option.ts';
import { messageOf } from '../../model/diagnostic.ts';
import { BusError, BusLost } from './bus.ts';
import { asRoot } from '../machine/machine.ts';
import { HostError } from '../../model/ports.ts';
import type { Scope } from '../../model/ports.ts';

/** Errors that mean systemd itself was briefly away: it re-executes, or the bus does. */
const away = new Set([
  'org.freedesktop.DBus.Error.NoReply',
  'org.freedesktop.DBus.Error.Disconnected',
  'org.freedesktop.DBus.Error.ServiceUnknown',
  'org.freedesktop.DBus.Error.NameHasNoOwner',
]);

/** True where the same call may succeed over a new connection. */
export function isAway(error: unknown): boolean {
  return error instanceof BusLost || (error instanceof BusError && away.has(error.errorName));
}

export function isNoSuchUnit(error: unknown): boolean {
  return error instanceof BusError && error.errorName === 'org.freedesktop.systemd1.NoSuchUnit';
}

/** The bus's policy forbids the method; polkit was not involved. */
export function isDenied(error: unknown): boolean {
  return error instanceof BusError && error.errorName === 'org.freedesktop.DBus.Error.AccessDenied';
}

export function isAlreadySubscribed(error: unknown): boolean {
  return error instanceof BusError && error.errorName === 'org.freedesktop.systemd1.AlreadySubscribed';
}

/**
 * @param action that failed: `start`, `read units`
 * @param unit the unit of the action, if any
 * @returns a HostError; returns a HostError unchanged
 */
export function systemdError(error: unknown, scope: Scope, action: string, unit?: string): HostError {
  if (error instanceof HostError) return error;
  const what = `Cannot ${action}${unit === undefined ? '' : ` ${unit}`}`;
  // dbus-daemon's own sentence quotes both processes' command lines and its rules.
  const text = isDenied(error) ? 'permission denied' : messageOf(error);
  const reason = text.replace(/\.$/, '');
  const cause = { cause: error };
  if (error instanceof BusLost) {
    return new HostError(
      `${what}: the connection to systemd was lost (${reason})`,
      lookAtJournal(scope),
      cause,
    );
  }
  const remedy = error instanceof BusError ? remedies[error.errorName] : undefined;
  return new HostError(`${what}: ${reason}`, (remedy ?? lookAtJournal)(scope, unit), cause);
}

const permission = (scope: Scope): string =>
  scope === 'system'
    ? `${asRoot()}, or with --user for services of your own`
    : 'Run dockunit --user as the user whose services these are';
const installHint = (scope: Scope): string =>
  `Install it first, where its Compose file is: dockunit apply${userOption(scope)}`;
const unmaskHint = (scope: Scope, unit = 'UNIT'): string =>
  `Unmask it first: ${systemctl(scope)} unmask ${unit}`;
const verify = (): string => 'Run dockunit check, then systemd-analyze verify on the unit files';
const cyclic = (): string =>
  'Run dockunit check, which shows the whole cycle, and remove one of its depends_on';
const wait = (scope: Scope): string =>
  `Wait until the jobs in progress have ended (${systemctl(scope)} list-jobs), then try again`;

const remedies: Readonly<Record<string, (scope: Scope, unit?: string) => string>> = {
  'org.freedesktop.DBus.Error.AccessDenied': permission,
  'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired': permission,
  'org.freedesktop.DBus.Error.AuthFailed': permission,
  'org.freedesktop.systemd1.NoSuchUnit': installHint,
  'org.freedesktop.DBus.Error.FileNotFound': installHint,
  'org.freedesktop.systemd1.UnitMasked': unmaskHint,
  'org.freedesktop.systemd1.LoadFailed': verify,
  'org.freedesktop.systemd1.BadUnitSetting': verify,
  'org.freedesktop.systemd1.TransactionOrderIsCyclic': cyclic,
  'org.freedesktop.systemd1.TransactionJobsConflicting': () =>
    'Let no unit both need another and conflict with it (Requires= against Conflicts=)',
  'org.freedesktop.systemd1.TransactionIsDestructive': wait,
  'org.freedesktop.systemd1.ShuttingDown': () => 'Try again after the reboot',
  'org.freedesktop.systemd1.OnlyByDependency': () =>
    'Remove RefuseManualStart= or RefuseManualStop= from the unit, or act on a unit that needs it',
  'org.freedesktop.DBus.Error.FileExists': () =>
    'Move the file in the way aside; dockunit replaces only what it has made itself',
  'org.freedesktop.DBus.Error.InvalidArgs': () => 'Name the unit in full, such as web.service',
  'org.freedesktop.DBus.Error.LimitsExceeded': wait,
  'org.freedesktop.DBus.Error.Timeout': wait,
};

function lookAtJournal(scope: Scope): string {
  return `See what systemd says: journalctl ${scope === 'user' ? '--user ' : ''}-b -n 30`;
}

function systemctl(scope: Scope): string {
  return scope === 'user' ? 'systemctl --user' : 'systemctl';
}
