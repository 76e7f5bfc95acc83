/** The verbs that begin with the Compose file, or end with one. */
import {
  compilation,
  dryRun,
  json,
  lockedOption,
  manager,
  managerOption,
  specification,
  target,
  unpin,
} from '../run/verb.ts';
import type { VerbSpec } from '../run/verb.ts';

export const fileVerbs = {
  generate: {
    summary: 'compile the Compose file into systemd units',
    takes: 'nothing',
    changes: { with: ['output'] },
    remote: 'there',
    options: [
      { flags: '-o, --output <dir>', what: 'write the units there, listing what changed' },
      { flags: '--tar', what: 'write a tar archive of the units to standard output' },
      lockedOption,
      unpin,
      ...compilation,
      ...json,
    ],
    examples: [
      ['dockunit generate', 'show the units'],
      ['dockunit generate -o /etc/systemd/system', 'install them'],
      ['dockunit generate --tar | tar -x -C /etc/systemd/system', 'install them elsewhere'],
    ],
  },
  build: {
    summary: 'build the images of services now',
    takes: 'services',
    changes: 'always',
    remote: {
      refusal: 'it builds with the docker client and the files of this machine',
      remedy: 'Have that client speak to Docker there: DOCKER_HOST=ssh://user@machine dockunit build',
    },
    options: [...specification],
    examples: [
      ['dockunit build', 'all that have a build:'],
      ['dockunit build web && dockunit update web', 'a new version of one'],
    ],
  },
  check: {
    summary: 'report what is wrong with the Compose file and its units',
    takes: 'nothing',
    changes: 'never',
    remote: 'there',
    options: [...compilation, ...json],
    examples: [['dockunit check', 'all findings, then those of systemd-analyze verify']],
  },
  diff: {
    summary: 'show how what runs differs from the Compose file',
    takes: 'nothing',
    changes: 'never',
    remote: 'there',
    options: [
      { flags: '--exit-code', what: 'exit 1 where something differs, 2 where that cannot be decided' },
      { flags: '--prune', what: 'as apply --prune would do' },
      lockedOption,
      unpin,
      ...compilation,
      managerOption,
      ...json,
    ],
    examples: [
      ['dockunit diff', 'unit by unit, and what apply would restart'],
      ['dockunit diff --exit-code', 'for a script: 0 the same, 1 not'],
    ],
  },
  apply: {
    summary: 'apply the Compose file: change only what differs',
    takes: 'nothing',
    changes: 'always',
    remote: 'there',
    options: [
      dryRun,
      { flags: '--prune', what: 'remove what the file no longer names; volumes keep their data' },
      lockedOption,
      unpin,
      ...compilation,
      managerOption,
      ...json,
    ],
    examples: [
      ['dockunit apply --dry-run', 'what it would do'],
      ['dockunit apply', 'write, reload, restart what changed and what follows it'],
    ],
  },
  remove: {
    summary: 'undo the installation of a project',
    takes: 'nothing',
    changes: 'always',
    remote: 'there',
    options: [
      dryRun,
      { flags: '--volumes', what: 'remove its volumes too, with all that is in them' },
      ...manager,
      ...json,
    ],
    examples: [
      ['dockunit remove --dry-run', 'what would go'],
      ['dockunit remove -p shop', 'stop, disable, and remove units, containers and networks'],
    ],
  },
  config: {
    summary: 'print the Compose files as one, resolved and in long form',
    takes: 'nothing',
    changes: 'never',
    remote: { refusal: 'it prints files of this machine', remedy: 'Leave it out' },
    options: [
      { flags: '--services', what: 'the names of the services only' },
      { flags: '--format <form>', what: 'form of what is printed', choices: ['yaml', 'json'] },
      ...specification,
    ],
    examples: [
      ['dockunit config', 'as docker compose config prints it'],
      ['dockunit config --profile "*" --services', 'every service there is'],
    ],
  },
  import: {
    summary: 'make a Compose file of docker run, or of containers',
    takes: 'command',
    changes: 'never',
    remote: 'there',
    options: [
      { flags: '-o, --output <path>', what: 'write the file there, never over another' },
      { flags: '--running', what: 'of the containers named, or of all that run' },
      { flags: '-p, --project-name <name>', what: 'name of the project, to stand in the file' },
      ...target,
    ],
    examples: [
      ['dockunit import -- docker run -d -p 80:80 nginx', 'of a command line'],
      ['dockunit import <line.txt >compose.yaml', 'of lines in a file'],
      ['dockunit import --running web db', 'of two containers'],
    ],
  },
  graph: {
    summary: 'show what starts before what',
    takes: 'services',
    changes: 'never',
    remote: 'there',
    options: [
      { flags: '--dot', what: 'as a graph for Graphviz' },
      { flags: '--mermaid', what: 'as a Mermaid diagram' },
      { flags: '--units', what: 'every unit, not services alone' },
      ...compilation,
      ...json,
    ],
    examples: [
      ['dockunit graph', 'as a tree'],
      ['dockunit graph --dot | dot -Tsvg > graph.svg', 'as a picture'],
    ],
  },
  explain: {
    summary: 'show what becomes of a key, or of every line of a service',
    takes: 'topics',
    changes: 'never',
    remote: 'there',
    options: [...compilation, ...json],
    examples: [
      ['dockunit explain services.web.ports', 'a key of the specification'],
      ['dockunit explain web', 'which line gave which option and directive'],
    ],
  },
  why: {
    summary: 'show what brought services into their present state',
    takes: 'services',
    changes: 'never',
    remote: 'there',
    options: [...manager, ...json],
    examples: [
      ['dockunit why web', 'which job, which dependency, which exit, and when'],
      ['dockunit why web --json', 'the same as facts'],
    ],
  },
  simulate: {
    summary: 'show what would stop, restart and recover, and when',
    takes: 'path',
    changes: 'never',
    remote: {
      refusal: 'it runs nothing on any host',
      remedy: 'Leave it out; --systemd-version and --docker-version say what is there',
    },
    options: [
      {
        flags: '--fail <what>',
        what: 'a crash: db@10s, web@1m:exit=3, db@10s:signal=KILL:for=30s; repeatable',
        parse: 'list',
      },
      {
        flags: '--unhealthy <what>',
        what: 'a failing health check: web@30s, web@30s:for=1m; repeatable',
        parse: 'list',
      },
      { flags: '--stop <what>', what: 'a stop: docker@20s; repeatable', parse: 'list' },
      { flags: '--start <what>', what: 'a start: docker@60s; repeatable', parse: 'list' },
      { flags: '--restart <what>', what: 'a restart: db@20s; repeatable', parse: 'list' },
      { flags: '--until <time>', what: 'how long, in words of systemd.time(7); 2min when absent' },
      { flags: '--units', what: 'every unit, not services alone' },
      ...compilation,
      ...json,
    ],
    examples: [
      ['dockunit simulate --fail db@10s', 'what a crash of db takes along'],
      ['dockunit simulate --stop docker@20s --start docker@60s', 'an outage of Docker'],
    ],
  },
} satisfies Record<string, VerbSpec>;
