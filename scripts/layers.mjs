/**
 * The floors of src/, from the ground to the roof. A folder imports from itself and from the floors below it, and from no
 * folder of its own floor. `npm run lint` holds it, and ARCHITECTURE.md has this table.
 */

/** @typedef {{ folder: string, holds: string, pure?: true }} Room `pure`: no I/O, so of Node only node:path, node:crypto and node:string_decoder. */

/** @type {readonly (readonly Room[])[]} */
export const floors = [
  [
    {
      folder: 'model',
      holds: 'the words that all share: diagnostics, states, jobs, ports as interfaces',
      pure: true,
    },
  ],
  [{ folder: 'text', holds: 'plain functions of text: widths, durations, words for a shell', pure: true }],
  [
    {
      folder: 'compose',
      holds: 'Compose files → `Project`: parse, interpolate, merge, normalise, validate',
      pure: true,
    },
    { folder: 'ui', holds: 'what a terminal shows: tables, diagnostics, colour' },
  ],
  [
    { folder: 'units', holds: '`Project` → `UnitSet`: names, quoting, each kind of unit', pure: true },
    { folder: 'import', holds: '`docker run`, or what `docker inspect` shows → a Compose file', pure: true },
  ],
  [
    { folder: 'graph', holds: '`UnitSet` → graph: edges, order, cycles, closures, pictures', pure: true },
    { folder: 'images', holds: 'digests that pin images, and `dockunit.lock`', pure: true },
    { folder: 'generator', holds: '/etc/dockunit at boot: what is kept, and what has changed', pure: true },
  ],
  [{ folder: 'host/machine', holds: 'this or another machine: files, programs, processes, locks' }],
  [
    { folder: 'host/systemd', holds: 'D-Bus, and what systemd says over it' },
    { folder: 'host/docker', holds: 'the docker client and the Engine API' },
    { folder: 'host/units', holds: 'unit files, Compose files, their directories' },
    { folder: 'host/journal', holds: 'journald, and the logs of units where there is none' },
    { folder: 'host/remote', holds: 'another machine over ssh' },
    { folder: 'host/process', holds: 'child processes, and our own' },
    { folder: 'host/facts', holds: 'facts for `doctor` that change nothing' },
  ],
  [{ folder: 'host/revisions', holds: 'applied states on disk' }],
  [
    { folder: 'run', holds: 'one run of a verb: its context, options and audit' },
    { folder: 'supervisor', holds: 'runs units where there is no systemd' },
  ],
  [
    { folder: 'manager', holds: 'one interface for systemd and the supervisor' },
    { folder: 'simulate', holds: 'a virtual host, and what happens to it' },
  ],
  [
    { folder: 'session', holds: 'connected to a host: lock, manager, installed units, the project here' },
    { folder: 'boot', holds: 'hooks of other inits than systemd' },
  ],
  [{ folder: 'status', holds: 'what is, and why' }],
  [
    { folder: 'jobs', holds: 'start, stop, restart: run, follow, explain' },
    { folder: 'doctor', holds: 'checks of the host, and what they look at' },
  ],
  [{ folder: 'rollout', holds: 'apply, update, rollback, remove: plan, execute, keep or revert' }],
  [{ folder: 'commands', holds: 'one file a verb: options → a folder below → report' }],
  [{ folder: 'cli', holds: 'the table of verbs, help, completion, defaults' }],
  [{ folder: 'docs', holds: 'pages made of the tables; `npm run docs` writes them' }],
];

/** Folders within a folder that are pure. */
export const pureWithin = ['supervisor/engine'];
