/** What is done to a host before a verb, or while one is held at a call, and how it is undone. */
import { supervise } from '../e2e/shop-on-host.ts';
import type { ExecResult } from '../e2e/throwaway-host.ts';
import type { Stage } from './stage.ts';
import type { HostKind } from './verbs.ts';

export interface Deed {
  readonly what: string;
  /** Where there is such a thing. */
  readonly on: readonly HostKind[];
  put(stage: Stage): Promise<unknown>;
  undo(stage: Stage): Promise<unknown>;
  /** After the verb: what is lost although it is the user's, and the verb did not report it. */
  lost?(stage: Stage, result: ExecResult): Promise<readonly string[]>;
  /** Edits a file beside a unit: only the history knows what dockunit wrote there. */
  readonly besideUnit?: true;
}

const everywhere = ['bookworm', 'trixie', 'plain', 'remote'] as const satisfies readonly HostKind[];
const systemd = ['bookworm', 'trixie', 'remote'] as const satisfies readonly HostKind[];
const plain = ['plain'] as const satisfies readonly HostKind[];
const units = '/etc/systemd/system';

type Scripts = Pick<Deed, 'put' | 'undo'>;
const scripts = (put: string, undo: string): Scripts => ({
  put: ({ there }) => there.sh(put),
  undo: ({ there }) => there.sh(undo),
});
const aside = (path: string, instead: string): Scripts =>
  scripts(`mv ${path} ${path}.aside; ${instead}`, `mv -fT ${path}.aside ${path}`);
const link = (path: string): Scripts => aside(path, `ln -s ${path}.aside ${path}`);
/** Who listened at it is dead. */
const stale = (path: string): Scripts =>
  aside(
    path,
    `socat UNIX-LISTEN:${path} - </dev/null >/dev/null 2>&1 & listener=$!
     until [ -S ${path} ]; do sleep 0.02; done; kill -9 $listener; wait $listener || true`,
  );

/** By the pid in its lock, as `last` names the file. */
const last = 'ls -v /run/dockunit/lock.* | tail -n 1';
export const killSupervisor = `pid=$(cut -d ' ' -f 1 "$(${last})"); kill -9 "$pid"; while [ -e "/proc/$pid" ]; do sleep 0.02; done`;

const dockerSocket = '/run/docker.sock';
const controlSocket = '/run/dockunit/control.sock';

export const socketDeeds: readonly Deed[] = [
  { what: 'a link to the socket of docker', on: everywhere, ...link(dockerSocket) },
  { what: 'a stale socket of docker', on: everywhere, ...stale(dockerSocket) },
  { what: 'a link to the socket of D-Bus', on: systemd, ...link('/run/dbus/system_bus_socket') },
  { what: 'a link to the control socket', on: plain, ...link(controlSocket) },
  {
    what: 'the control socket of a dead supervisor',
    on: plain,
    put: ({ there }) => there.sh(killSupervisor),
    undo: ({ there }) => supervise(there),
  },
];

/** As the highest claim, which is the one that counts. */
const claim = (text: string): Scripts =>
  scripts(
    `mkdir -p -m 700 /run/dockunit /run/dockunit/apply; cd /run/dockunit/apply; umask 077
     highest=$(ls -v | sed -n 's/^lock\\.//p' | tail -n 1); ${text} >lock.$((\${highest:-0} + 1))`,
    ':',
  );

export const lockDeeds: readonly Deed[] = [
  { what: 'a claim of a process whose pid another has by now', on: everywhere, ...claim('echo 1 12345') },
  { what: 'a claim of a process that is gone', on: everywhere, ...claim('echo 4194000 12345') },
  { what: 'an empty claim', on: everywhere, ...claim(':') },
  { what: 'a claim that is no text', on: everywhere, ...claim('head -c 100 /dev/urandom') },
  {
    what: 'a lock of a dead supervisor whose pid another has by now',
    on: plain,
    put: async ({ there }) => {
      await there.sh(`${killSupervisor}; echo 1 12345 >"$(${last})"`);
      await supervise(there);
    },
    undo: () => Promise.resolve(),
  },
];

const web = `${units}/shop-web.service`;
/** @param text what the edit adds; absent where it only takes away */
const edit = (script: string, text?: string): Pick<Deed, 'on' | 'put' | 'undo' | 'lost'> => ({
  on: everywhere,
  put: ({ there }) => there.sh(`rm -f /run/edited; [ ! -e ${web} ] || { ${script}; touch /run/edited; }`),
  // What was edited is up to date again; what was removed stays so until the verb is run again.
  undo: (stage) => stage.succeed(['apply']),
  lost: async ({ there }, { stdout, stderr }) => {
    if (text === undefined) return [];
    const found = await there.sh(
      `[ ! -e /run/edited ] || grep -rlxF -- "$TEXT" ${units} /var/lib/dockunit/applied/shop || echo nowhere`,
      { env: { TEXT: text } },
    );
    if (found !== 'nowhere') return [];
    return /shop-web\.\w+ was edited by hand/.test(stdout + stderr) ? [] : [`lost in silence: ${text}`];
  },
});
const dropIn = `${units}/shop-web.service.d`;

export const editDeeds: readonly Deed[] = [
  { what: 'a comment in a unit', ...edit(`echo '# mine' >>${web}`, '# mine') },
  { what: 'a directive in a unit', ...edit(`sed -i '/^\\[Service\\]/a Nice=5' ${web}`, 'Nice=5') },
  {
    what: 'another environment',
    besideUnit: true,
    ...edit(`echo TOKEN=mine >${units}/shop-web.env`, 'TOKEN=mine'),
  },
  { what: 'a unit that is gone', ...edit(`rm ${web}`) },
  {
    what: 'a drop-in',
    on: everywhere,
    put: ({ there }) => there.sh(`mkdir ${dropIn}; printf '[Service]\\nNice=5\\n' >${dropIn}/mine.conf`),
    undo: async (stage) => {
      await stage.there.sh(`grep -qx Nice=5 ${dropIn}/mine.conf; rm -r ${dropIn}`);
      await stage.succeed(['reload']);
    },
  },
];

/** While a verb is held before it asks Docker. */
export const engineDeeds: readonly (Deed & { readonly ends: boolean })[] = [
  {
    what: 'no socket of Docker',
    on: everywhere,
    ends: false,
    ...scripts(`mv ${dockerSocket} ${dockerSocket}.aside`, `mv -fT ${dockerSocket}.aside ${dockerSocket}`),
  },
  {
    what: 'Docker stopped',
    on: systemd,
    ends: true,
    ...scripts(
      'systemctl stop docker.socket docker.service',
      'systemctl start docker.socket docker.service; until docker info >/dev/null 2>&1; do sleep 0.1; done',
    ),
  },
  {
    what: 'Docker stopped',
    on: plain,
    ends: true,
    ...scripts(
      '/etc/init.d/docker stop >/dev/null 2>&1; while docker info >/dev/null 2>&1; do sleep 0.1; done',
      '/etc/init.d/docker start >/dev/null 2>&1; until docker info >/dev/null 2>&1; do sleep 0.1; done',
    ),
  },
];
