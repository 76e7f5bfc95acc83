/**
 * What the compiler does for a project, counted by V8. A project with twice as much of anything may take twice as much, in
 * every way in which one can be large; nothing that is wrong with it may cost more.
 */
import { describe, expect, it } from 'vitest';
import { compileLoaded } from '../../src/session/compile-project.ts';
import { readTemplates } from '../../src/units/templates.ts';
import { functionStepCounter } from '../counted-steps.ts';
import { loadText } from '../compose/load-text.ts';

/** The files of a project, by name; the first is the Compose file. */
type Files = Readonly<Record<string, string>>;
type Project = string | Files;

const service = (name: string, ...lines: readonly string[]): string =>
  `  ${name}:\n    image: a\n${lines.map((line) => `    ${line}\n`).join('')}`;
const services = (count: number, lines: (index: number) => readonly string[] = () => []): string =>
  `services:\n${each(count, (index) => service(`s${String(index)}`, ...lines(index)))}`;
/** One service with so many lines below a key. */
const below = (key: string, count: number, line: (index: number) => string): string =>
  `services:\n${service('web', `${key}:`)}${each(count, (index) => `      ${line(index)}\n`)}`;
const each = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join('');

/** A project with so many of each. */
const projects: Readonly<Record<string, (count: number) => Project>> = {
  services,
  'services in a chain': (count) =>
    services(count, (index) => (index === 0 ? [] : [`depends_on: [s${String(index - 1)}]`])),
  'services that wait for one': (count) =>
    services(count, (index) => (index === 0 ? [] : ['depends_on: { s0: { condition: service_healthy } }'])),
  'services that wait for each other': (count) =>
    services(count, (index) => [`depends_on: [s${String((index + 1) % count)}]`]),
  'dependencies of one service': (count) =>
    `${services(count)}${service('web', `depends_on: [${each(count, (index) => `s${String(index)}, `)}]`)}`,
  'undefined dependencies': (count) => below('depends_on', count, (index) => `- absent${String(index)}`),
  'undefined dependencies of many services': (count) =>
    services(count, (index) => [`depends_on: [absent${String(index)}]`]),
  'optional dependencies': (count) =>
    below(
      'depends_on',
      count,
      (index) => `absent${String(index)}: { condition: service_started, required: false }`,
    ),
  'undefined networks': (count) => below('networks', count, (index) => `- absent${String(index)}`),
  'undefined volumes': (count) =>
    below('volumes', count, (index) => `- absent${String(index)}:/a${String(index)}`),
  'undefined secrets': (count) => below('secrets', count, (index) => `- absent${String(index)}`),
  'unknown keys': (count) =>
    `services:\n${service('web', ...Array.from({ length: count }, (_, index) => `key${String(index)}: a`))}`,
  'unknown keys at the top': (count) =>
    `services:\n${service('web')}${each(count, (index) => `key${String(index)}: a\n`)}`,
  'unset variables': (count) => below('labels', count, (index) => `a${String(index)}: $V${String(index)}`),
  'uses of one unset variable': (count) => below('labels', count, (index) => `a${String(index)}: $V`),
  'variables of one value': (count) => below('labels', 1, () => `a: "${'${V:-b}'.repeat(count)}"`),
  ports: (count) => below('ports', count, (index) => `- "${String(index + 1)}:${String(index + 1)}"`),
  'ports of a range': (count) => below('ports', 1, () => `- "1-${String(count)}:1-${String(count)}"`),
  environment: (count) => below('environment', count, (index) => `A${String(index)}: b`),
  labels: (count) => below('labels', count, (index) => `- a${String(index)}=b`),
  command: (count) => below('command', count, (index) => `- a${String(index)}`),
  'extra hosts': (count) => below('extra_hosts', count, (index) => `- a${String(index)}:1.2.3.4`),
  'mounts of directories': (count) =>
    below('volumes', count, (index) => `- ./a${String(index)}:/a${String(index)}`),
  'mounts of volumes': (count) =>
    `${below('volumes', count, (index) => `- v${String(index)}:/a${String(index)}`)}volumes:\n${each(count, (index) => `  v${String(index)}: {}\n`)}`,
  'volumes of services': (count) =>
    `${services(count, (index) => [`volumes: [v${String(index)}:/a]`])}volumes:\n${each(count, (index) => `  v${String(index)}: {}\n`)}`,
  'networks of services': (count) =>
    `${services(count, (index) => [`networks: [n${String(index)}]`])}networks:\n${each(count, (index) => `  n${String(index)}: {}\n`)}`,
  'secrets of services': (count) =>
    `${services(count, (index) => [`secrets: [x${String(index)}]`])}secrets:\n${each(count, (index) => `  x${String(index)}: { environment: HOME }\n`)}`,
  'configs of one service': (count) =>
    `${below('configs', count, (index) => `- x${String(index)}`)}configs:\n${each(count, (index) => `  x${String(index)}: { content: a }\n`)}`,
  replicas: (count) => below('deploy', 1, () => `replicas: ${String(Math.min(count, 1000))}`),
  profiles: (count) => below('profiles', count, (index) => `- p${String(index)}`),
  'services of inactive profiles': (count) =>
    `${services(count, (index) => [`profiles: [p${String(index)}]`])}${service('web')}`,
  'services that extend one': (count) =>
    services(count, (index) => (index === 0 ? [] : ['extends: { service: s0 }'])),
  'services that extend one another': (count) =>
    services(count, (index) => (index === 0 ? [] : [`extends: { service: s${String(index - 1)} }`])),
  'services that extend in a circle': (count) =>
    services(count, (index) => [`extends: { service: s${String((index + 1) % count)} }`]),
  'services of an extended file': (count) => ({
    'compose.yaml': services(count, (index) => [`extends: { service: s${String(index)}, file: base.yaml }`]),
    'base.yaml': services(count),
  }),
  'included files': (count) => ({
    'compose.yaml': `include:\n${each(count, (index) => `- f${String(index)}.yaml\n`)}`,
    ...Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `f${String(index)}.yaml`,
        `services:\n${service(`s${String(index)}`)}`,
      ]),
    ),
  }),
  'inclusions of one file': (count) => ({
    'compose.yaml': `include:\n${'- base.yaml\n'.repeat(count)}`,
    'base.yaml': services(1),
  }),
  'files laid over another': (count) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `compose${String(index)}.yaml`,
        services(1, () => [`labels: [a${String(index)}=b]`]),
      ]),
    ),
  'services that share an alias': (count) =>
    `x-a: &a { image: b, labels: { c: d } }\nservices:\n${each(count, (index) => `  s${String(index)}: *a\n`)}`,
  hooks: (count) => below('post_start', count, () => '- command: [a]'),
  directives: (count) =>
    `${below('x-systemd', 1, () => 'Service:')}${each(count, (index) => `        Environment${String(index)}: a\n`)}`,
};

const stepsByFunction = functionStepCounter(/\/src\//);

const target = { scope: 'system', systemd: 257, docker: 26, directory: '/etc/systemd/system' } as const;
const templates = readTemplates();

function filesOf(project: Project): Files {
  return typeof project === 'string' ? { 'compose.yaml': project } : project;
}

function compile(project: Project): void {
  const files = filesOf(project);
  const given = Object.entries(files).filter(([name]) => name.startsWith('compose'));
  const loaded = loadText(Object.fromEntries(given), { others: files });
  compileLoaded(
    { source: { files: [], directory: '/srv/shop', dotenv: [] }, outcome: loaded },
    target,
    templates,
  );
}

/** What a file takes more of it than it should, as the project doubles. */
describe('the work of the compiler', () => {
  it.each(Object.keys(projects))('grows with %s as the project does', async (what) => {
    const projectOf = projects[what] ?? String;
    compile(projectOf(2));
    const count = (size: number): ReturnType<typeof stepsByFunction> =>
      stepsByFunction(() => {
        compile(projectOf(size));
      });
    const [once, twice, fourTimes] = [await count(150), await count(300), await count(600)];
    const steep = [...fourTimes].flatMap(([name, last]) => {
      const [first = 0, middle] = [once.get(name), twice.get(name)];
      // What runs for the first time has no counts before.
      if (middle === undefined || last - middle <= 2.5 * Math.max(middle - first, 2000)) return [];
      return [`${name}: ${String([first, middle, last])}`];
    });
    expect(steep).toEqual([]);
  });
});
