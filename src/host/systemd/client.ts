/**
 * The client of org.freedesktop.systemd1(5): calls, properties and signals of the manager of a scope, over a connection
 * that is made again once where the manager went away (re-execution).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { BusSignal } from './bus.ts';
import { majorVersion } from './detect.ts';
import type { HostError, Scope } from '../../model/ports.ts';
import { machine } from '../machine/machine.ts';
import { isAlreadySubscribed, isAway, systemdError } from './errors.ts';
import { openLink, openRoute } from './routes.ts';
import type { ManagerLink } from './routes.ts';
import type { Environment } from '../../model/environment.ts';
import { variantValue } from './unit-state.ts';

export const managerPath = '/org/freedesktop/systemd1';
export const managerInterface = 'org.freedesktop.systemd1.Manager';
const propertiesInterface = 'org.freedesktop.DBus.Properties';

/** The signals that report jobs: the manager's own, and the units' changes of state. */
const matches = [
  `type='signal',sender='org.freedesktop.systemd1',path='${managerPath}',interface='${managerInterface}'`,
  `type='signal',sender='org.freedesktop.systemd1',path_namespace='${managerPath}/unit',` +
    `interface='${propertiesInterface}',arg0='org.freedesktop.systemd1.Unit'`,
];

/** How long a manager that went away may take to come back; a re-execution takes about a second. */
const returnTimeout = 10_000;

export interface Subscriber {
  onSignal(signal: BusSignal): void;
  /** Signals may have been missed: the manager reloaded, or the client reconnected. */
  onMissed(): void;
  /** No more signals will come. */
  onLost(error: HostError): void;
}

interface ManagerCall {
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature: string;
  readonly body: readonly unknown[];
}

export class Systemd {
  readonly scope: Scope;
  #link: ManagerLink;
  #returning: Promise<ManagerLink> | undefined;
  #isClosed = false;
  readonly #subscribers = new Set<Subscriber>();

  private constructor(scope: Scope, link: ManagerLink) {
    this.scope = scope;
    this.#link = link;
    this.#watch(link);
  }

  /**
   * Connects to the manager of the scope. HostError where systemd does not run, cannot be reached, or denies
   * permission.
   */
  static async connect(scope: Scope, environment: Environment = machine().environment): Promise<Systemd> {
    return new Systemd(scope, await openLink(scope, environment));
  }

  /** Major version: 252. */
  get version(): number {
    return majorVersion(this.#link.version) ?? 0;
  }

  /**
   * Calls a method of the manager and resolves with the body of its reply. Rejects with BusError,
   * or with BusLost where the second connection failed too.
   */
  manager(member: string, signature = '', body: readonly unknown[] = []): Promise<readonly unknown[]> {
    return this.#call({ path: managerPath, interface: managerInterface, member, signature, body });
  }

  /** All properties of an interface of an object: an `a{sv}` in dbus-next's form. */
  async properties(path: string, of: string): Promise<unknown> {
    const [reply] = await this.#call({
      path,
      interface: propertiesInterface,
      member: 'GetAll',
      signature: 's',
      body: [of],
    });
    return reply;
  }

  /** One property of an interface of an object. */
  async property(path: string, of: string, name: string): Promise<unknown> {
    const [reply] = await this.#call({
      path,
      interface: propertiesInterface,
      member: 'Get',
      signature: 'ss',
      body: [of, name],
    });
    return variantValue(reply);
  }

  /**
   * The subscriber receives signals until it unsubscribes. This queues the requests for them before it returns, so it
   * misses no signals of calls made afterwards, even without awaiting it.
   */
  async subscribe(subscriber: Subscriber): Promise<void> {
    this.#subscribers.add(subscriber);
    await this.#requestSignals(this.#link);
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
  }

  close(): void {
    this.#isClosed = true;
    this.#link.bus.close();
  }

  async #call(call: ManagerCall): Promise<readonly unknown[]> {
    const destination = 'org.freedesktop.systemd1';
    const link = this.#link;
    try {
      return await link.bus.call({ ...call, destination });
    } catch (error) {
      if (!isAway(error) || this.#isClosed) throw error;
      // Every call here may run twice: a second StartUnit merges with the first one's job.
      return (await this.#return(link)).bus.call({ ...call, destination });
    }
  }

  /** The connection that replaces a lost one; one attempt serves all calls that lost the same connection. */
  #return(link: ManagerLink): Promise<ManagerLink> {
    if (this.#link !== link) return Promise.resolve(this.#link);
    // Begins a tick later: closing the old connection reports it lost, which leads here again.
    this.#returning ??= Promise.resolve()
      .then(() => this.#reconnect(link))
      .finally(() => (this.#returning = undefined));
    return this.#returning;
  }

  async #reconnect(lostLink: ManagerLink): Promise<ManagerLink> {
    lostLink.bus.close();
    const deadline = Date.now() + returnTimeout;
    for (;;) {
      try {
        const link = await openRoute(lostLink.route);
        if (this.#isClosed) link.bus.close();
        this.#link = link;
        this.#watch(link);
        if (this.#subscribers.size > 0) await this.#requestSignals(link);
        for (const subscriber of this.#subscribers) subscriber.onMissed();
        return link;
      } catch (error) {
        if (this.#isClosed || Date.now() > deadline) throw error;
        machine().assertReachable();
        await delay(50);
      }
    }
  }

  #watch(link: ManagerLink): void {
    link.bus.onSignal((signal) => {
      for (const subscriber of this.#subscribers) subscriber.onSignal(signal);
      if (signal.member === 'Reloading' && signal.body[0] === false) this.#afterReload(link);
    });
    link.bus.onLost(() => {
      // Calls reconnect by themselves; subscribers wait for signals and make no calls.
      if (!this.#isClosed && this.#subscribers.size > 0) this.#tell(this.#return(link));
    });
  }

  /** A re-executed manager may have lost its subscribers. */
  #afterReload(link: ManagerLink): void {
    if (this.#subscribers.size === 0) return;
    this.#tell(
      this.#requestSignals(link).then(() => {
        for (const subscriber of this.#subscribers) subscriber.onMissed();
      }),
    );
  }

  #tell(attempt: Promise<unknown>): void {
    attempt.catch((error: unknown) => {
      const loss = systemdError(error, this.scope, 'follow the jobs');
      for (const subscriber of this.#subscribers) subscriber.onLost(loss);
    });
  }

  async #requestSignals({ bus, route }: ManagerLink): Promise<void> {
    const daemon = {
      destination: 'org.freedesktop.DBus',
      path: '/org/freedesktop/DBus',
      interface: 'org.freedesktop.DBus',
    };
    const subscribe = bus
      .call({
        destination: 'org.freedesktop.systemd1',
        path: managerPath,
        interface: managerInterface,
        member: 'Subscribe',
      })
      .catch((error: unknown) => {
        if (!isAlreadySubscribed(error)) throw error;
      });
    // On its own socket the manager sends every signal without a subscription.
    const calls =
      route.kind === 'private'
        ? []
        : matches.map((rule) => bus.call({ ...daemon, member: 'AddMatch', signature: 's', body: [rule] }));
    await Promise.all([...calls, subscribe]);
  }
}
