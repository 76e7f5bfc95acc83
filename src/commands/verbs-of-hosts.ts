/** The verbs that begin with the units of a host. */
import { inits } from '../supervisor/boot/inits.ts';
import { json, manager, managerOption, noBlock, now, scope } from './verb-options.ts';
import type { VerbSpec } from './verb-options.ts';

export const hostVerbs = {
  enable: {
    summary: 'start services at boot',
    takes: 'services',
    changes: 'always',
    options: [now, ...manager, ...json],
    examples: [
      ['dockunit enable web', 'from the next boot on'],
      ['dockunit enable --now web', 'and start it'],
    ],
    load: () => import('./enable.ts'),
  },
  disable: {
    summary: 'do not start services at boot',
    takes: 'services',
    changes: 'always',
    options: [now, ...manager, ...json],
    examples: [['dockunit disable --now web', 'and stop it']],
    load: () => import('./disable.ts'),
  },
  start: {
    summary: 'start services and all they need',
    takes: 'services',
    changes: 'always',
    options: [noBlock, ...manager, ...json],
    examples: [['dockunit start web', 'pulls up its dependencies first']],
    load: () => import('./start.ts'),
  },
  stop: {
    summary: 'stop services and all that need them',
    takes: 'services',
    changes: 'always',
    options: [noBlock, ...manager, ...json],
    examples: [['dockunit stop db', 'what requires db stops first']],
    load: () => import('./stop.ts'),
  },
  restart: {
    summary: 'restart services and what requires them',
    takes: 'services',
    changes: 'always',
    options: [noBlock, ...manager, ...json],
    examples: [['dockunit restart web', 'in order']],
    load: () => import('./restart.ts'),
  },
  status: {
    summary: 'show what runs; one service in depth',
    takes: 'services',
    changes: 'never',
    options: [...manager, ...json],
    examples: [
      ['dockunit status', 'all services'],
      ['dockunit status web', 'one, with its last log lines'],
    ],
    load: () => import('./status.ts'),
  },
  logs: {
    summary: 'show what services wrote',
    takes: 'services',
    changes: 'never',
    options: [
      { flags: '-f, --follow', what: 'go on as they write' },
      { flags: '-n, --lines <n>', what: 'the last n lines', parse: 'number' },
      { flags: '--since <time>', what: 'from then on, in words of systemd.time(7): -1h, today' },
      { flags: '-t, --timestamps', what: 'with the time of each line' },
      ...manager,
      ...json,
    ],
    examples: [
      ['dockunit logs -f web', 'follow one'],
      ['dockunit logs --since -10min', 'all of the last ten minutes'],
    ],
    load: () => import('./logs.ts'),
  },
  reload: {
    summary: 'take in unit files that changed',
    takes: 'nothing',
    changes: 'always',
    options: [...scope, managerOption],
    examples: [['dockunit reload', 'what runs goes on as it was started']],
    load: () => import('./reload.ts'),
  },
  'reset-failed': {
    summary: 'forget that services failed',
    takes: 'services',
    changes: 'always',
    options: [...manager, ...json],
    examples: [['dockunit reset-failed web', 'its start limit counts from zero again']],
    load: () => import('./reset-failed.ts'),
  },
  doctor: {
    summary: 'look at the host for what would keep services from running',
    takes: 'nothing',
    changes: 'never',
    options: [...scope, managerOption, ...json],
    examples: [['dockunit doctor', 'what is wrong, and what to do; exit 1 if anything is']],
    load: () => import('./doctor.ts'),
  },
  supervise: {
    summary: 'run the units on a host without systemd',
    takes: 'nothing',
    changes: { with: ['install', 'uninstall'] },
    options: [
      { flags: '--install', what: 'have the host’s init do so at every boot' },
      { flags: '--now', what: 'with --install: have it begin at once as well' },
      { flags: '--uninstall', what: 'have it do so no longer' },
      { flags: '--init <init>', what: 'the init, where it is not the one found', choices: inits },
      ...scope,
    ],
    examples: [
      ['dockunit supervise', 'until SIGTERM, which stops all in reverse order'],
      ['dockunit supervise --install --now', 'now, and at every boot'],
    ],
    load: () => import('./supervise.ts'),
  },
  completion: {
    summary: 'print a completion script for a shell',
    takes: 'shell',
    changes: 'never',
    options: [],
    examples: [['source <(dockunit completion bash)', 'complete in this shell']],
    load: () => import('./completion.ts'),
  },
} satisfies Record<string, VerbSpec>;
