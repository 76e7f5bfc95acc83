/**
 * What goes wrong at the built program's door: each case is told with its place and its remedy, in
 * time, without a stack trace, and what stood in the directory of units stays unchanged.
 */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.ts';

const program = fileURLToPath(new URL('../../bin/dockunit.js', import.meta.url));

/** Milliseconds a refusal may take. */
const patience = 20_000;

interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | undefined;
}

let directory: string;
let units: string;
beforeEach(async () => {
  directory = temporaryDirectory();
  units = join(directory, 'units');
  await mkdir(units);
});

/** @param text the Compose file, or what makes one of its own at the path */
async function generate(text: string | ((path: string) => Promise<unknown>)): Promise<Outcome> {
  const path = join(directory, 'compose.yaml');
  await (typeof text === 'string' ? writeFile(path, text) : text(path));
  const { stdout, stderr, exitCode } = await execa('node', [program, 'generate', '-o', units], {
    cwd: directory,
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: { PATH: process.env.PATH ?? '' },
  });
  return { stdout, stderr, exitCode };
}

async function contents(): Promise<Record<string, string>> {
  const names = await readdir(units);
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(units, name), 'base64')] as const),
    ),
  );
}

/** Units of an earlier, good version of the file. */
async function installOld(): Promise<Record<string, string>> {
  const old = await generate(`services: {web: {image: "busybox:1", environment: {KEY: old}}}`);
  expect(old).toMatchObject({ exitCode: 0 });
  const written = await contents();
  expect(Object.keys(written)).toEqual(expect.arrayContaining(['web.service', 'web.env']));
  return written;
}

async function expectRefusal(
  text: Parameters<typeof generate>[0],
  { exit, says }: { readonly exit: 1 | 2; readonly says: readonly (string | RegExp)[] },
): Promise<void> {
  const old = await installOld();
  await rm(join(directory, 'compose.yaml'));
  const begun = performance.now();
  const outcome = await generate(text);
  const took = performance.now() - begun;
  expect(outcome).toMatchObject({ exitCode: exit, stdout: '' });
  for (const words of says) {
    if (typeof words === 'string') expect(outcome.stderr).toContain(words);
    else expect(outcome.stderr).toMatch(words);
  }
  expect(outcome.stderr, 'the remedy').toMatch(/^\s*→ \S/m);
  expect(outcome.stderr).not.toMatch(/^\s+at .*[:(]|internal error|undefined|\[object/m);
  expect(await contents(), 'old units').toEqual(old);
  expect(took).toBeLessThan(patience);
}

const chain = ['a: &a [x,x,x,x,x,x,x,x,x]'];
for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg']) {
  chain.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(',')}]`);
}

describe('findings of the specification and of the compiler', () => {
  it('are reported in one run, and each error once', async () => {
    await expectRefusal('services:\n  web:\n    imge: x\n    use_api_socket: true\n    ports: {a: b}\n', {
      exit: 2,
      says: ['unknown key `imge`', /error: use_api_socket /, 'a map where a list belongs', '3 errors'],
    });
  });
});

describe('a file that is not a Compose file', () => {
  it.each([
    { what: 'not YAML', text: 'services: {web: [}', says: [/compose\.yaml:1:1[89]/, 'not YAML'] },
    { what: 'tabs', text: 'services:\n\tweb: 1', says: ['compose.yaml:2:1', 'a tab', 'Indent with spaces'] },
    { what: 'empty', text: '', says: ['compose.yaml:1:1', 'empty'] },
    { what: 'a list at the top', text: '- services', says: ['compose.yaml:1:1', 'a list'] },
    {
      what: 'a list where a map belongs',
      text: 'name: shop\nservices:\n  - web',
      says: ['compose.yaml:2:1 services', 'a list where a map belongs'],
    },
    { what: 'a NUL byte', text: 'services:\0', says: ['compose.yaml:1:10', 'NUL'] },
    { what: '10 MB', text: `name: ${'a'.repeat(10_000_000)}`, says: ['compose.yaml', 'larger than'] },
    {
      what: '20,000 services',
      text: `services:\n${Array.from({ length: 20_000 }, (_, n) => `  s${n}: {image: busybox, command: [x]}\n`).join('')}`,
      says: [/compose\.yaml:\d+:\d+/, 'too many values'],
    },
    {
      what: 'an alias bomb',
      text: `${chain.join('\n')}\nservices: {web: {image: busybox, command: *g}}`,
      says: [/compose\.yaml:\d:\d/, 'aliases multiply'],
    },
    {
      what: 'brackets without end',
      text: `services: ${'['.repeat(100_000)}`,
      says: [/compose\.yaml:1:\d+/, 'nested too deep'],
    },
  ])('$what', ({ text, says }) => expectRefusal(text, { exit: 2, says }));

  it('a directory', () =>
    expectRefusal((path) => mkdir(path), { exit: 2, says: ['compose.yaml', 'is a directory'] }));

  it('no file', () =>
    expectRefusal(() => Promise.resolve(), { exit: 2, says: ['there is no compose.yaml', '-f'] }));
});

describe('a specification with faults', () => {
  it.each([
    {
      what: 'unknown keys, all of them',
      text: 'services:\n  web:\n    image: a\n    imgae: b\n    bogus: 1',
      says: ['compose.yaml:4:5 services.web.imgae', 'Write `image`', 'compose.yaml:5:5 services.web.bogus'],
    },
    {
      what: 'a variable that is required',
      text: 'services:\n  web:\n    image: a\n    user: ${WHO:?give a user}',
      says: ['compose.yaml:4:11 services.web.user', 'WHO', 'give a user'],
    },
    {
      what: 'a dependency on nothing',
      text: 'services:\n  web:\n    image: a\n    depends_on: [db]',
      says: ['compose.yaml:4:18 services.web.depends_on', 'no service `db`'],
    },
    {
      what: 'a cycle, by its whole path',
      text: 'services:\n  aa: {image: a, depends_on: [bb]}\n  bb: {image: a, depends_on: [cc]}\n  cc: {image: a, depends_on: [aa]}',
      says: ['compose.yaml:2:31', 'aa → bb → cc → aa', 'Remove one of'],
    },
    {
      what: 'a NUL in an argument',
      text: 'services: {web: {image: b, command: ["a\\0b"]}}',
      says: ['compose.yaml:1:12 services.web', 'NUL'],
    },
    {
      what: 'an argument of 200 KB',
      text: `services: {web: {image: b, command: ["${'x'.repeat(200_000)}"]}}`,
      says: ['services.web', '128 KiB'],
    },
  ])('$what', ({ text, says }) => expectRefusal(text, { exit: 2, says }));
});

describe('names', () => {
  const service = (name: string): string => `services: {"${name}": {image: b}}`;
  it.each([
    {
      what: 'a project whose unit would be the host’s',
      text: `name: multi-user\n${service('web')}`,
      says: ['multi-user.target belongs to the host', '`name:` at the top'],
    },
    { what: 'one letter', text: service('a'), says: ['services.a', 'two or more', 'Rename the service'] },
    { what: 'spaces', text: service('my web'), says: ['my web', 'letters, digits'] },
    { what: '300 characters', text: service('a'.repeat(300)), says: ['255', 'shorter name'] },
    {
      what: 'a service and a gate',
      text: 'services: {web: {image: a, healthcheck: {test: x}}, web-healthy: {image: a}, zz: {image: a, depends_on: {web: {condition: service_healthy}}}}',
      says: ['web-healthy.service', 'Rename one'],
    },
    {
      what: 'a service and an image',
      text: 'services: {web: {image: a}, web-image: {image: a}}',
      says: ['web-image.service', 'Rename one'],
    },
    {
      what: 'containers of one name',
      text: 'services: {aa: {image: a, container_name: one}, bb: {image: a, container_name: one}}',
      says: ['services.bb.container_name', 'container one', 'container_name'],
    },
  ])('$what', ({ text, says }) => expectRefusal(text, { exit: 2, says }));

  it('a-b of project c and b of another: the first project installed keeps the name', async () => {
    await generate('name: aa-b\nservices: {c: {image: b}}');
    const first = await contents();
    expect(Object.keys(first)).toContain('aa-b-c.service');
    const second = await generate('name: aa\nservices: {b-c: {image: b}}');
    expect(second).toMatchObject({ exitCode: 1, stdout: '' });
    expect(second.stderr).toMatch(/aa-b-c\.service belongs to the project aa-b\n[^]*→ Rename/);
    expect(await contents()).toEqual(first);
  });

  it('of a unit that dockunit did not write: it is not touched', async () => {
    await writeFile(join(units, 'web.service'), '[Service]\nExecStart=/bin/true\n');
    const before = await contents();
    const outcome = await generate(service('web'));
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toMatch(
      /web\.service is there already, and dockunit did not write it[^]*→ Rename/,
    );
    expect(await contents()).toEqual(before);
  });
});

it('reports a file in the place of the directory', async () => {
  units = join(directory, 'elsewhere');
  await writeFile(units, 'x');
  const outcome = await generate('services: {web: {image: b}}');
  expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
  expect(outcome.stderr).toMatch(/not a directory[^]*^→ \S/m);
  expect(await readFile(units, 'utf8')).toBe('x');
});
