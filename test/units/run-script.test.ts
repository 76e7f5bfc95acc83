/** The script of a project, under dash and under busybox, with a docker that answers as the test says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, it } from 'vitest';
import { runScriptText } from '../../src/units/scripts.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const shells = [
  ['dash', ['dash']],
  ['busybox', ['busybox', 'sh']],
] as const;

interface Played {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** What docker was asked, in order. */
  readonly asked: readonly string[];
}

/**
 * @param answers shell: `$*` is what docker is asked; what it prints and returns is the answer
 * @param environment of the unit
 */
function play(
  shell: readonly string[],
  answers: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Played {
  const directory = temporaryDirectory();
  const [script, docker, log] = ['shop-run.sh', 'docker', 'log'].map((name) => join(directory, name));
  writeFileSync(script ?? '', runScriptText);
  writeFileSync(docker ?? '', `#!/bin/sh\nprintf '%s\\n' "$*" >>'${log ?? ''}'\n${answers}\n`, {
    mode: 0o755,
  });
  writeFileSync(join(directory, 'sleep'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  writeFileSync(log ?? '', '');
  const [program = '', ...rest] = [...shell, script ?? '', ...words];
  const { exitCode, stdout, stderr } = execaSync(program, rest, {
    ...{ reject: false, extendEnv: false, stdin: 'ignore' },
    env: { PATH: `${directory}:/usr/sbin:/usr/bin:/sbin:/bin`, ...environment },
  });
  const asked = readFileSync(log ?? '', 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return { exitCode, stdout, stderr, asked };
}

describe.each(shells)('run.sh under %s', (_name, shell) => {
  const unit = ['shop-web.service', '10'];

  it('clean stops and removes the containers of its unit', () => {
    const { exitCode, asked, stdout } = play(shell, `case $1 in ps) echo a1; echo b2;; esac`, [
      'clean',
      ...unit,
    ]);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['ps', 'stop', 'rm']);
    expect(asked[1]).toBe('stop -t 10 a1 b2');
  });

  it('clean leaves a container of a user’s manager to that manager', () => {
    const answers = `case $1 in ps) echo a1; echo b2:1000;; esac`;
    expect(play(shell, answers, ['clean', ...unit]).asked[1]).toBe('stop -t 10 a1');
    const own = ['--filter', 'label=dockunit.user=1000'];
    expect(play(shell, `case $1 in ps) echo b2:1000;; esac`, ['clean', ...unit, ...own]).asked[1]).toBe(
      'stop -t 10 b2',
    );
  });

  it('clean has nothing to do where there is no container, and fails where docker does', () => {
    expect(play(shell, ':', ['clean', ...unit])).toMatchObject({ exitCode: 0, asked: [expect.any(String)] });
    expect(play(shell, 'exit 3', ['clean', ...unit]).exitCode).toBe(3);
    expect(play(shell, `case $1 in ps) echo a1;; rm) exit 4;; esac`, ['clean', ...unit]).exitCode).not.toBe(
      0,
    );
  });

  it.each([
    ['137', 'true', /out of memory/],
    ['137', 'false', /^$/],
    ['1', 'true', /^$/],
  ])('clean after exit status %s, OOMKilled %s', (status, killed, said) => {
    const answers = `case $1 in ps) echo a1;; inspect) echo ${killed};; esac`;
    expect(play(shell, answers, ['clean', ...unit], { EXIT_STATUS: status }).stderr).toMatch(said);
  });

  it('create runs the command and prints no id', () => {
    const created = play(shell, 'echo 0123', [
      'create',
      'docker',
      'create',
      '--name',
      'web',
      'app: $1 *',
      '',
    ]);
    expect(created).toMatchObject({ exitCode: 0, stdout: '', asked: ['create --name web app: $1 * '] });
    expect(play(shell, 'exit 5', ['create', 'docker', 'create']).exitCode).toBe(5);
  });

  it('run ends with the exit code of the container', () => {
    expect(play(shell, `case $1 in wait) echo 42;; esac`, ['run', 'web'])).toMatchObject({
      exitCode: 42,
      asked: ['start web', 'wait web'],
    });
    expect(play(shell, 'exit 6', ['run', 'web'])).toMatchObject({ exitCode: 6, asked: ['start web'] });
  });

  it.each([
    ['running', ['hook'], 0],
    ['exited', [], 0],
    ['paused', [], 0],
  ])('pre-stop of a container that is %s', (status, hooks, code) => {
    const answers = `case $1 in inspect) echo ${status};; hook) exit 9;; esac`;
    const { exitCode, asked, stderr } = play(shell, answers, ['pre-stop', 'web', 'docker', 'hook']);
    expect([exitCode, asked.slice(1)]).toEqual([code, hooks]);
    if (hooks.length > 0) expect(stderr).toContain('failed with exit code 9');
  });

  it.each([
    ['pull-missing', true, true, 0, []],
    ['pull-missing', false, true, 0, ['pull --quiet --platform p app:1']],
    ['pull-missing', false, false, 1, ['pull --quiet --platform p app:1']],
    ['pull-missing-or-build', false, false, 0, ['pull --quiet --platform p app:1']],
    ['pull', true, true, 0, ['pull --quiet --platform p app:1']],
    ['pull', true, false, 0, ['pull --quiet --platform p app:1']],
    ['pull', false, false, 1, ['pull --quiet --platform p app:1']],
    ['pull-or-build', false, false, 0, ['pull --quiet --platform p app:1']],
  ] as const)('%s, image here %s, registry answers %s', (verb, here, answers, code, pulls) => {
    const docker = `case $1 in image) exit ${here ? '0' : '1'};; pull) exit ${answers ? '0' : '1'};; esac`;
    const { exitCode, asked } = play(shell, docker, [verb, 'app:1', '--platform', 'p']);
    expect([exitCode, asked.filter((line) => line.startsWith('pull'))]).toEqual([code, pulls]);
  });

  it.each([
    ['knows', '  --secret  ', undefined, 0, ['build --secret x .']],
    ['lacks the option', '  --tag  ', undefined, 1, []],
    ['lacks it, as asked for', '  --tag  ', '1', 1, []],
  ] as const)('build by a builder that %s', (_what, help, asked, code, builds) => {
    const docker = `case $* in 'build --help') echo '${help}';; esac`;
    const environment = asked === undefined ? {} : { DOCKER_BUILDKIT: asked };
    const words = ['build', 'app:1', '--secret', 'docker', 'build', '--secret', 'x', '.'];
    const played = play(shell, docker, words, environment);
    expect([played.exitCode, played.asked.filter((line) => line !== 'build --help')]).toEqual([code, builds]);
    if (code !== 0) expect(played.stderr).toMatch(/^cannot build app:1: .* knows no --secret here/);
  });

  const network = ['network', 'shop_back', 'h1', '{{template}}', '--internal'];
  it.each([
    ['there is none', 'exit 1', ['create --label dockunit.config=h1 --internal shop_back']],
    ['it is of others', 'echo ""', []],
    ['it is up to date', 'echo h1', []],
    [
      'its configuration changed',
      'echo h0',
      ['rm shop_back', 'create --label dockunit.config=h1 --internal shop_back'],
    ],
  ])('network where %s', (_what, inspect, done) => {
    const { exitCode, asked } = play(shell, `case $2 in inspect) ${inspect};; esac`, network);
    expect(exitCode).toBe(0);
    expect(asked.slice(1)).toEqual(done.map((line) => `network ${line}`));
  });

  it('volume creates only a missing one', () => {
    const words = ['volume', 'shop_data', '--driver', 'local'];
    expect(play(shell, ':', words).asked).toEqual(['volume inspect shop_data']);
    expect(play(shell, '[ $2 = create ]', words).asked[1]).toBe('volume create --driver local shop_data');
  });

  it.each([
    ['running healthy', 0, ''],
    ['running none', 1, 'web has no health check to wait for'],
    ['running unhealthy', 1, 'web is not healthy'],
    ['created none', 1, 'web is not healthy'],
  ])('await-healthy of a container that is %s', (state, code, said) => {
    const { exitCode, stderr } = play(shell, `echo '${state}'`, ['await-healthy', 'web', '3']);
    expect([exitCode, stderr]).toEqual([code, said]);
  });

  it.each([
    ['0', '0', 0],
    ['3', '2', 1],
  ])('await-completed of a container that exits with %s, %s retries left', (code, retries, expected) => {
    const { exitCode, asked } = play(shell, `echo ${code}`, ['await-completed', 'job', retries]);
    expect([exitCode, asked.length]).toEqual([expected, Number(retries) + 1]);
  });

  it('watch-health ends an unhealthy container, and leaves a paused one alone', () => {
    const looks = (state: string): Played =>
      play(shell, `case $1 in inspect) echo '${state}';; esac`, ['watch-health', 'web', 'kill']);
    expect(looks('unhealthy false').asked).toContain('kill web');
    expect(looks('unhealthy true').asked).not.toContain('kill web');
    expect(looks('healthy false').asked).not.toContain('kill web');
  });

  it('names its verbs, and what to do where it has not the one asked for', () => {
    expect(play(shell, ':', ['help']).stdout).toContain('clean UNIT GRACE');
    expect(play(shell, ':', ['brew'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Run: dockunit apply') as string,
    });
  });
});
