/** The routes to the manager of a scope, and the error where none works. */
import { messageOf } from '../../model/diagnostic.ts';
import { Bus, connectTimeout } from './bus.ts';
import { sdBooted } from './detect.ts';
import { lookAt } from '../machine/fs.ts';
import { asRoot, machine } from '../machine/machine.ts';
import { HostError } from '../../model/ports.ts';
import type { Scope } from '../../model/ports.ts';
import { isDenied, systemdError } from './errors.ts';
import { variantValue } from './unit-state.ts';
import type { Environment } from '../../model/environment.ts';

/** Through a message bus, or by the manager's own socket, which has no bus for Hello. */
export interface Route {
  readonly kind: 'bus' | 'private';
  readonly address: string;
}

/** A connection that has reached a manager. */
export interface ManagerLink {
  readonly route: Route;
  readonly bus: Bus;
  /** In systemd's form: `252.39-1~deb12u2`. */
  readonly version: string;
}

/**
 * The routes in the order they are tried: the bus first, since it outlives a re-execution of the
 * manager, then the manager's own socket, as systemctl(1) uses it (Debian's minimal systems have
 * no dbus; user managers have none without dbus-user-session). Pure.
 * @internal exported for tests: the test has environments of both scopes
 */
export function routes(scope: Scope, environment: Environment, uid: number): readonly Route[] {
  if (scope === 'system') {
    const bus = environment['DBUS_SYSTEM_BUS_ADDRESS'] || 'unix:path=/run/dbus/system_bus_socket';
    const own: Route = { kind: 'private', address: 'unix:path=/run/systemd/private' };
    return [{ kind: 'bus', address: bus }, ...(uid === 0 ? [own] : [])];
  }
  const runtime = runtimeDirectory(environment, uid);
  return [
    { kind: 'bus', address: environment['DBUS_SESSION_BUS_ADDRESS'] || `unix:path=${runtime}/bus` },
    { kind: 'private', address: `unix:path=${runtime}/systemd/private` },
  ];
}

/** $XDG_RUNTIME_DIR, or the value of pam_systemd(8): su and sudo leave it unset. */
function runtimeDirectory(environment: Environment, uid: number): string {
  return environment['XDG_RUNTIME_DIR'] || `/run/user/${uid}`;
}

/** Takes the first route that reaches a manager. HostError where none does. */
export async function openLink(scope: Scope, environment: Environment): Promise<ManagerLink> {
  const { uid } = machine();
  const failures: unknown[] = [];
  for (const route of routes(scope, environment, uid)) {
    try {
      return await openRoute(route);
    } catch (error) {
      failures.push(error);
    }
  }
  throw noManager(scope, environment, uid, failures);
}

const hello = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
  member: 'Hello',
};
const getVersion = {
  destination: 'org.freedesktop.systemd1',
  path: '/org/freedesktop/systemd1',
  interface: 'org.freedesktop.DBus.Properties',
  member: 'Get',
  signature: 'ss',
  body: ['org.freedesktop.systemd1.Manager', 'Version'],
};

/** Connects and asks for the manager's version, which proves that it is there. Rejects with BusError or BusLost. */
export async function openRoute(route: Route): Promise<ManagerLink> {
  const bus = await Bus.open(await machine().busAddress(route.address));
  const nudges = route.kind === 'private' ? setInterval(() => pingBus(bus), nudgeInterval) : undefined;
  try {
    const [, reply] = await Promise.all([
      route.kind === 'bus' ? bus.call(hello, connectTimeout) : undefined,
      bus.call(getVersion, connectTimeout),
    ]);
    return { route, bus, version: String(variantValue(reply[0])) };
  } catch (error) {
    bus.close();
    throw error;
  } finally {
    clearInterval(nudges);
  }
}

/** Milliseconds. */
const nudgeInterval = 30;

/**
 * On its own socket systemd sometimes leaves the first call unanswered until more data comes (seen on 252 and 257,
 * after a re-execution; likely where the call and the BEGIN of the authentication came in one read).
 */
function pingBus(bus: Bus): void {
  const ping = {
    ...getVersion,
    interface: 'org.freedesktop.DBus.Peer',
    member: 'Ping',
    signature: '',
    body: [],
  };
  bus.call(ping, connectTimeout).catch(() => undefined);
}

function noManager(
  scope: Scope,
  environment: Environment,
  uid: number,
  failures: readonly unknown[],
): HostError {
  machine().assertReachable();
  const denial = failures.find(isDenied);
  if (denial) return systemdError(denial, scope, 'speak to systemd');
  const cause = { cause: failures[0] };
  const reasons = failures.map((failure) => messageOf(failure));
  if (!sdBooted()) {
    return new HostError(
      'systemd does not run on this host',
      machine().name === undefined
        ? 'Let dockunit run the services itself: dockunit supervise'
        : 'Log in there, and run dockunit on that host itself: --host needs systemd there',
      cause,
    );
  }
  const message = `Cannot reach the ${scope} manager of systemd: ${reasons.join('; ')}`;
  if (scope === 'system') {
    const remedy = exists('/run/dbus/system_bus_socket')
      ? `${asRoot()}, and look at the bus: systemctl status dbus.socket`
      : 'Install and start the bus (apt install dbus; systemctl start dbus.socket), or run dockunit as root';
    return new HostError(message, remedy, cause);
  }
  const remedy = exists(runtimeDirectory(environment, uid))
    ? `Start your user manager: sudo systemctl start user@${uid}.service`
    : `Let your user manager run without a login: sudo loginctl enable-linger ${environment['USER'] || uid}`;
  return new HostError(message, remedy, cause);
}

function exists(path: string): boolean {
  return lookAt(path) !== undefined;
}
