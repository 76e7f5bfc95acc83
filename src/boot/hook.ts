/** The files that make a host without systemd start the supervisor as it boots, for each init. Pure. */
import { quoteWord } from '../text/shell-word.ts';
import { dirname, join } from 'node:path';
import type { Init } from './inits.ts';
import openrc from './openrc.sh?raw';
import rcLocal from './rc-local.sh?raw';
import runitLog from './runit-log.sh?raw';
import runitRun from './runit-run.sh?raw';
import sysv from './sysv.sh?raw';

/** In every file that is entirely dockunit's; a file without it belongs to other software. */
const mark = '# Made by dockunit supervise --install; dockunit supervise --uninstall takes it away.';

/** Paths of the programs that a hook starts. */
export interface Programs {
  /** Absolute: node itself, bin/dockunit.js and bin/dockunit-init. */
  readonly node: string;
  readonly dockunit: string;
  readonly init: string;
}

export interface BootHook {
  /** Absolute paths; all of mode 0755. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** A directory that is dockunit's, with all files that the init put there. */
  readonly directory?: string;
  /** A symbolic link by which the init finds the hook. */
  readonly link?: { readonly path: string; readonly target: string };
  /** Lines within a file that is not dockunit's. */
  readonly lines?: { readonly path: string; readonly text: string };
  /**
   * Programs that register the hook with the init, or unregister it: of each list dockunit runs the first
   * that the host has.
   */
  readonly register: readonly HookCommand[];
  readonly unregister: readonly HookCommand[];
  /** The command by which the user starts it now; undefined where the init does so by itself. */
  readonly start?: string;
  /** The action of the init, by itself, once the hook is gone; undefined where the supervisor keeps running. */
  readonly afterwards?: string;
}
type HookCommand = readonly [program: string, ...args: readonly string[]];

/** @param serviceDirectory where runit looks for services on this host */
export function bootHook(init: Init, programs: Programs, serviceDirectory = '/etc/service'): BootHook {
  return hooks[init](programs, serviceDirectory);
}

const hooks = {
  openrc: (programs) => ({
    files: [{ path: '/etc/init.d/dockunit', text: fill(openrc, programs) }],
    register: [['rc-update', 'add', 'dockunit', 'default']],
    unregister: [['rc-update', 'delete', 'dockunit', 'default']],
    start: 'rc-service dockunit start',
  }),
  runit: (programs, serviceDirectory) => ({
    files: [
      { path: '/etc/sv/dockunit/run', text: fill(runitRun, programs, serviceDirectory) },
      { path: '/etc/sv/dockunit/log/run', text: fill(runitLog, programs) },
    ],
    directory: '/etc/sv/dockunit',
    link: { path: join(serviceDirectory, 'dockunit'), target: '/etc/sv/dockunit' },
    register: [],
    unregister: [],
    afterwards: 'runit now stops the supervisor, if it runs, and all its units in reverse order.',
  }),
  sysv: (programs) => ({
    files: [{ path: '/etc/init.d/dockunit', text: fill(sysv, programs) }],
    // Debian and its derivatives; Red Hat's; SUSE's.
    register: [
      ['update-rc.d', 'dockunit', 'defaults'],
      ['chkconfig', '--add', 'dockunit'],
      ['insserv', 'dockunit'],
    ],
    unregister: [
      ['update-rc.d', '-f', 'dockunit', 'remove'],
      ['chkconfig', '--del', 'dockunit'],
      ['insserv', '-r', 'dockunit'],
    ],
    start: '/etc/init.d/dockunit start',
  }),
  'rc.local': (programs) => {
    const text = fill(rcLocal, programs);
    const path = '/etc/rc.local';
    return { files: [], lines: { path, text }, register: [], unregister: [], start: text.trim() };
  },
} as const satisfies Record<Init, (programs: Programs, serviceDirectory: string) => BootHook>;

/** Whether a file with this text is a hook of dockunit. */
export function isOurs(text: string): boolean {
  return text.split('\n').includes(mark);
}

const begin = '# >>> dockunit: written by dockunit supervise --install';
const beginOfNew = `${begin}, as all of this file`;
const end = '# <<< dockunit';
const firstLine = '#!/bin/sh\n';

/**
 * The text of rc.local with dockunit's lines, which replace those it has: at its end, but before an `exit`
 * that ends it. @param text undefined where there is no file
 */
export function withLines(text: string | undefined, lines: string): string {
  if (text === undefined) return `${firstLine}${beginOfNew}\n${lines}${end}\n`;
  const rest = withoutLines(text);
  if (rest === undefined) return withLines(undefined, lines);
  const whole = rest === '' || rest.endsWith('\n') ? rest : `${rest}\n`;
  const at = /^exit\b.*\r?\n[ \t]*$/m.exec(whole)?.index ?? whole.length;
  return `${whole.slice(0, at)}${begin}\n${lines}${end}\n${whole.slice(at)}`;
}

/** The text without dockunit's lines; undefined where the file had no other lines. */
export function withoutLines(text: string): string | undefined {
  const all = text.split('\n');
  const first = all.findIndex((line) => line.startsWith(begin));
  const last = all.indexOf(end, first + 1);
  if (first < 0 || last < 0) return text;
  const after = all.slice(last + 1);
  const rest = [...all.slice(0, first), ...(after.length === 0 ? [''] : after)].join('\n');
  return all[first] === beginOfNew && rest === firstLine ? undefined : rest;
}

/** Whether rc.local has dockunit's lines. */
export function hasLines(text: string): boolean {
  return withoutLines(text) !== text;
}

function fill(template: string, { node, dockunit, init }: Programs, services = ''): string {
  const values: Readonly<Record<string, string>> = {
    MARK: mark,
    // First on the PATH, so that the hook finds this very node.
    NODE: quoteWord(dirname(node)),
    DOCKUNIT: quoteWord(dockunit),
    INIT: quoteWord(init),
    SERVICES: quoteWord(services),
  };
  return template.replace(/@([A-Z]+)@/g, (whole, name: string) => values[name] ?? whole);
}
