/** The generator as systemd runs it: its front under this machine's sh, and the built program behind it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compileAll } from '../../src/commands/generator-run.ts';
import { commandOf, frontScript, isOurFront } from '../../src/generator/front.ts';
import { generatorPaths } from '../../src/generator/paths.ts';

const program = fileURLToPath(new URL('../../bin/dockunit.js', import.meta.url));
const web = 'services: { web: { image: nginx, environment: { TOKEN: secret } } }\n';
const broken = 'services:\n  web:\n    image: nginx\n    prots: ["80:80"]\n';

let root: string;
const at = (path: string): string => join(root, path);
const write = (path: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text, { mode });
};
/** Writes a generator that notes each run of Node in `runs`. */
const install = (command: readonly string[] = compile(), seconds?: number): void => {
  write('generator', frontScript(generatorPaths(root, []), command, seconds), 0o755);
};
const compile = (): readonly string[] => {
  write(
    'compile',
    `echo >>'${at('runs')}'; exec '${process.execPath}' '${program}' generator-run --root '${root}'\n`,
  );
  return ['/bin/sh', at('compile')];
};
/** As systemd does: into an empty directory, without an environment. */
const generate = (): string => {
  rmSync(at('units'), { recursive: true, force: true });
  mkdirSync(at('units'));
  write('dev/kmsg', '');
  const { exitCode, stderr, stdout } = execaSync(at('generator'), [at('units')], {
    env: {},
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
  });
  expect([exitCode, stdout, stderr]).toEqual([0, '', '']);
  return readFileSync(at('dev/kmsg'), 'utf8').replace(/\[\d+\]/g, '');
};
const runs = (): number => (existsSync(at('runs')) ? readFileSync(at('runs'), 'utf8').length : 0);
const units = (): readonly string[] => readdirSync(at('units')).sort();

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'dockunit-generator-'));
  mkdirSync(at('etc/dockunit'), { recursive: true });
  install();
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

describe('its text', () => {
  it('contains the words that it runs', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^\0\n@]+$/), { minLength: 1, maxLength: 4 }), (words) => {
        const text = frontScript(generatorPaths('', []), words);
        expect(isOurFront(text)).toBe(true);
        expect(commandOf(text)).toEqual(words);
      }),
    );
    expect([isOurFront('#!/bin/sh\n'), commandOf('#!/bin/sh\n')]).toEqual([false, []]);
  });
});

describe('the generator', () => {
  it('makes units of every file, links those that start at boot, and hides values', () => {
    write('etc/dockunit/shop.yaml', web);
    write('etc/dockunit/other.yml', `name: blog\n${web}`);
    expect(generate()).toBe('');
    expect(units()).toEqual(
      expect.arrayContaining([
        'shop-web.service',
        'shop-web.env',
        'shop.target',
        'blog-web.service',
        'blog.target',
      ]),
    );
    for (const by of ['multi-user.target', 'docker.service']) {
      expect(readlinkSync(at(`units/${by}.wants/shop.target`))).toBe('../shop.target');
    }
    expect(statSync(at('units/shop-web.env')).mode & 0o777).toBe(0o600);
    expect(statSync(at('units/shop-web.service')).mode & 0o777).toBe(0o644);
    expect(statSync(at('run/dockunit/generator')).mode & 0o777).toBe(0o700);
    expect(readFileSync(at('units/shop-web.service'), 'utf8')).toContain('--env-file %Y/shop-web.env');
  });

  it('gives units the same modes whatever the umask of the compiler', () => {
    write('etc/dockunit/shop.yaml', web);
    const modes = (): readonly (readonly [string, number])[] =>
      units().map((name) => [name, statSync(at(`units/${name}`)).mode] as const);
    generate();
    const usual = modes();
    rmSync(at('run'), { recursive: true });
    install(['/bin/sh', '-c', `umask 077; exec /bin/sh '${at('compile')}'`]);
    generate();
    expect([runs(), modes()]).toEqual([2, usual]);
  });

  it('is the same as generate for the same file', () => {
    write('etc/dockunit/shop.yaml', web);
    generate();
    const directory = at('elsewhere');
    const file = at('etc/dockunit/shop.yaml');
    execaSync('node', [program, 'generate', '-f', file, '-p', 'shop', '-o', directory], { cwd: root });
    for (const name of readdirSync(directory)) {
      expect(readFileSync(at(`units/${name}`), 'utf8'), name).toBe(
        readFileSync(join(directory, name), 'utf8'),
      );
    }
  });

  it('starts no Node where nothing changed, nor where there is no file', () => {
    generate();
    expect([runs(), units()]).toEqual([0, []]);
    write('etc/dockunit/shop.yaml', web);
    generate();
    const first = units();
    generate();
    expect([runs(), units()]).toEqual([1, first]);
  });

  const more =
    'services: { web: { extends: { file: /ROOT/srv/base.yaml, service: base }, env_file: [{ path: web.env, required: false }] } }';
  const changes: Readonly<Record<string, () => void>> = {
    'a file of the same size and time': () => {
      const path = at('etc/dockunit/shop.yaml');
      const { atime, mtime } = statSync(path);
      writeFileSync(path, readFileSync(path, 'utf8').replace('web:', 'wob:'));
      utimesSync(path, atime, mtime);
    },
    'a new file': () => write('etc/dockunit/blog.yml', web),
    'a file taken away': () => rmSync(at('etc/dockunit/gone.yaml')),
    'a .env that was not there': () => write('etc/dockunit/.env', 'A=1\n'),
    'an env_file that was not there': () => write('etc/dockunit/web.env', 'A=1\n'),
    'a file that another extends': () => write('srv/base.yaml', 'services: { base: { image: redis } }'),
    'a template': () => write('etc/dockunit/templates/target', '[Unit]\nDocumentation=man:shop(1)\n'),
    'a unit of the host by the name of one': () =>
      write('usr/lib/systemd/system/shop-web.service', '[Service]\n'),
    'a unit that is masked': () => write('etc/systemd/system/shop-web.service', ''),
  };
  it.each(Object.entries(changes))('detects %s', (_what, change) => {
    write('srv/base.yaml', 'services: { base: { image: nginx } }');
    write('etc/dockunit/shop.yaml', more.replace('/ROOT', root));
    write('etc/dockunit/gone.yaml', web);
    generate();
    generate();
    expect(runs()).toBe(1);
    change();
    generate();
    generate();
    expect(runs()).toBe(2);
  });

  it.each([
    ['another build of dockunit', () => write('build-id', 'another\n')],
    ['another systemd', () => write('lib/libsystemd-shared-999.so', '')],
  ])('detects %s', async (_what, change) => {
    write('build-id', 'one\n');
    write('lib/libsystemd-shared-252.so', '');
    write('etc/dockunit/shop.yaml', web);
    await compileAll(generatorPaths(root, [at('lib')]), at('build-id'));
    generate();
    expect([runs(), units().includes('shop-web.service')]).toEqual([0, true]);
    change();
    generate();
    expect(runs()).toBe(1);
  });

  it('compiles each time where its build is unknown', async () => {
    write('etc/dockunit/shop.yaml', web);
    await compileAll(generatorPaths(root, []), at('build-id'));
    generate();
    expect(runs()).toBe(1);
  });

  it('runs the same under bash, which is sh elsewhere', () => {
    write('etc/dockunit/bad.yaml', broken);
    write('etc/dockunit/shop.yaml', web);
    const told = generate();
    for (const kept of [true, false]) {
      if (!kept) rmSync(at('run'), { recursive: true });
      write('dev/kmsg', '');
      mkdirSync(at(`bash-${String(kept)}`));
      const { stderr } = execaSync('bash', ['--posix', at('generator'), at(`bash-${String(kept)}`)], {
        env: {},
      });
      expect(stderr).toBe('');
      expect(readdirSync(at(`bash-${String(kept)}`)).sort()).toEqual(units());
      expect(readFileSync(at('dev/kmsg'), 'utf8').replace(/\[\d+\]/g, '')).toBe(told);
    }
    expect(runs()).toBe(2);
  });

  it('reports the errors of a file every time, and makes units of the others', () => {
    write('etc/dockunit/bad.yaml', broken);
    write('etc/dockunit/shop.yaml', web);
    const told = `<3>dockunit-generator: ${at('etc/dockunit/bad.yaml')}:4:5 services.web.prots: error: unknown key \`prots\` -> Write \`ports\` if that is what is meant\n`;
    expect(generate()).toBe(told);
    expect(generate()).toBe(told);
    expect(runs()).toBe(1);
    expect(units()).toContain('shop-web.service');
    expect(units()).not.toContain('bad-web.service');
  });

  it('reports a unit of the host that it would hide, and makes none of its project', () => {
    write('usr/lib/systemd/system/shop-web.service', '[Service]\nExecStart=/bin/true\n');
    write('etc/dockunit/shop.yaml', web);
    write('etc/dockunit/blog.yaml', web);
    expect(generate()).toContain('shop-web.service is a unit of the host, which this one would replace');
    expect(units().filter((name) => name.startsWith('shop'))).toEqual([]);
    expect(units()).toContain('blog-web.service');
  });

  it('uses the units kept last where Node fails, and says that they are old', () => {
    write('etc/dockunit/shop.yaml', web);
    generate();
    const first = units();
    write('etc/dockunit/shop.yaml', broken);
    install(['/bin/sh', '-c', 'echo "no node" >&2; exit 3']);
    const told = generate();
    expect(told).toContain('<3>dockunit-generator: no node\n');
    expect(told).toContain('cannot be compiled; the units are those of an earlier state of them');
    expect(units()).toEqual(first);
  });

  it('says so where Node fails and nothing is kept', () => {
    write('etc/dockunit/shop.yaml', web);
    install(['/nowhere/node']);
    expect(generate()).toContain('cannot be compiled; there are no units of them');
    expect(units()).toEqual([]);
  });

  it('ends within its time', () => {
    write('etc/dockunit/shop.yaml', web);
    // As Node it takes a first SIGTERM for a request, and was about to keep something.
    install(
      ['/bin/sh', '-c', `trap : TERM; mkdir -p '${at('run/dockunit/generator.7')}'; while :; do :; done`],
      0.2,
    );
    expect(generate()).toContain('<3>dockunit-generator: dockunit did not end within 0.2 s');
    expect(readdirSync(at('run/dockunit'))).toEqual([]);
  });

  it('keeps units for the next boot, which starts no Node then', () => {
    write('etc/dockunit/shop.yaml', web);
    generate();
    const first = units();
    const { exitCode } = execaSync(at('generator'), ['--keep'], { reject: false });
    expect(exitCode).toBe(0);
    expect(statSync(at('var/cache/dockunit/generator')).mode & 0o777).toBe(0o700);
    rmSync(at('run'), { recursive: true });
    generate();
    expect([runs(), units()]).toEqual([1, first]);
  });

  it('is run by its unit to keep them', () => {
    write('etc/dockunit/shop.yaml', web);
    generate();
    const front = at('etc/systemd/system-generators/dockunit-generator');
    expect(readFileSync(at('units/dockunit-generator.service'), 'utf8')).toContain(
      `ExecStart=-${front} --keep`,
    );
    expect(existsSync(at('units/multi-user.target.wants/dockunit-generator.service'))).toBe(true);
  });

  it('copes with names that a shell would read in its own way', () => {
    const names = ["a'b.yaml", 'c d.yaml', '$(touch x).yaml', 'e*.yaml', 'f"g.yml', 'h;i.yml'];
    for (const [index, name] of names.entries())
      write(`etc/dockunit/${name}`, `name: p${String(index)}\n${web}`);
    expect(generate()).toBe('');
    generate();
    expect(runs()).toBe(1);
    expect(units().filter((name) => name.endsWith('-web.service'))).toHaveLength(names.length);
  });

  it('compiles each time where a name cannot be kept', () => {
    write('etc/dockunit/back\\slash.yaml', `name: back\n${web}`);
    generate();
    generate();
    expect(runs()).toBe(2);
    expect(units()).toContain('back-web.service');
  });

  it('does not fail where it cannot keep the units', () => {
    write('etc/dockunit/shop.yaml', web);
    write('run', 'a file');
    expect(generate()).toContain('part of the path is a file');
  });
});
