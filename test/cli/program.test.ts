import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { listVerbs } from '../../src/cli/reference.ts';

interface Said {
  readonly out: string;
  readonly err: string;
  /** Of the CommanderError; undefined where a verb ran. */
  readonly exitCode: number | undefined;
  readonly ran: readonly [options: object, names: readonly string[]] | undefined;
}

async function say(...words: readonly string[]): Promise<Said> {
  let out = '';
  let err = '';
  let ran: Said['ran'];
  const program = buildProgram((_verb, _spec, options, names) => {
    ran = [options, names];
    return Promise.resolve();
  }, words[0]);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: (text) => (out += text), writeErr: (text) => (err += text) });
  }
  try {
    await program.parseAsync([...words], { from: 'user' });
    return { out, err, exitCode: undefined, ran };
  } catch (error) {
    if (error instanceof CommanderError) return { out, err, exitCode: error.exitCode, ran };
    throw error;
  }
}

describe('versions', () => {
  it.each([
    ['26', 26],
    ['26.1', 26],
    ['20.10.24+dfsg1', 20],
    ['257.9-1~deb13u1', 257],
    ['v28.0.0-rc.1', 28],
    ['5:26.1.4-1~debian.12~bookworm', 26],
  ])('%s', async (text, major) => {
    const { ran, err } = await say('generate', '--systemd-version', text, '--docker-version', text);
    expect(err).toBe('');
    expect(ran?.[0]).toEqual({ systemdVersion: major, dockerVersion: major });
  });

  it.each(['', 'newest', '26.', '26,1', '-26', '26 .1', '1234567'])('not %j', async (text) => {
    const { ran, err } = await say('generate', `--docker-version=${text}`);
    expect(ran).toBeUndefined();
    expect(err).toMatch(
      /is invalid\. It takes a version, such as 26, 26\.1\.5 or 257\.9-1~deb13u1\.\n→ See dockunit generate --help\n$/,
    );
  });
});

describe('wrong usage says what to do and runs nothing', () => {
  it.each([
    [
      'a wrong verb',
      ['strat', 'web'],
      "error: unknown verb 'strat'\n→ Did you mean start? See dockunit --help\n",
    ],
    [
      'help of a wrong verb',
      ['help', 'lgos'],
      "error: unknown verb 'lgos'\n→ Did you mean logs? See dockunit --help\n",
    ],
    [
      'a wrong option',
      ['start', '--jsno'],
      "error: unknown option '--jsno'\n→ Did you mean --json? See dockunit start --help\n",
    ],
    [
      'a wrong option that another verb has',
      ['start', '--nwo'],
      "error: unknown option '--nwo'\n→ --now is an option of enable, disable, supervise. See dockunit start --help\n",
    ],
    [
      'an option that no verb has, nor one like it',
      ['start', '--xyzzyx'],
      "error: unknown option '--xyzzyx'\n→ See dockunit start --help\n",
    ],
    [
      'an option before the verb',
      ['--user', 'status'],
      "error: unknown option '--user'\n→ See dockunit --help\n",
    ],
    [
      'a missing value',
      ['generate', '-o'],
      "error: option '-o, --output <dir>' argument missing\n→ See dockunit generate --help\n",
    ],
    [
      'a word for a number',
      ['logs', '-n', 'ten'],
      "error: option '-n, --lines <n>' argument 'ten' is invalid. It takes a whole number, such as 100.\n→ See dockunit logs --help\n",
    ],
    [
      'a wrong choice',
      ['start', '--manager', 'runit'],
      "error: option '--manager <which>' argument 'runit' is invalid. Allowed choices are systemd, supervisor.\n→ See dockunit start --help\n",
    ],
    [
      'a name too many',
      ['generate', 'web'],
      "error: too many arguments for 'generate'. Expected 0 arguments but got 1.\n→ See dockunit generate --help\n",
    ],
    [
      'a shell too few',
      ['completion'],
      "error: missing required argument 'shell'\n→ See dockunit completion --help\n",
    ],
  ])('%s', async (_what, words, message) => {
    const said = await say(...words);
    expect(said).toEqual({ out: '', err: message, exitCode: 1, ran: undefined });
  });

  it('no verb at all', async () => {
    const { out, err, exitCode } = await say();
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 1 });
    expect(err).toContain('Usage: dockunit VERB');
  });
});

describe('help', () => {
  it.each(listVerbs().map((verb) => [verb.name, verb] as const))(
    'of %s names its options in 80 columns, and shows its examples',
    async (name, { options, spec }) => {
      const [long, short, verb] = [await say(name, '--help'), await say(name, '-h'), await say('help', name)];
      expect(long.exitCode).toBe(0);
      expect([short.out, verb.out]).toEqual([long.out, long.out]);
      for (const flag of options.flatMap(({ names }) => names)) expect(long.out).toContain(flag);
      for (const [line] of spec.examples) expect(long.out).toContain(line);
      const [usage = ''] = long.out.split('Examples:');
      for (const line of usage.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  it('lists every verb', async () => {
    const { out, exitCode } = await say('--help');
    expect(exitCode).toBe(0);
    for (const { name, spec } of listVerbs())
      expect(out).toMatch(new RegExp(`^  ${name} +${spec.summary}$`, 'm'));
    expect((await say('help')).out).toBe(out);
  });

  it('the version is the package’s', async () => {
    const { version } = (await import('../../package.json')) as { version: string };
    for (const flag of ['-V', '--version']) expect((await say(flag)).out).toBe(`${version}\n`);
  });
});

describe('options', () => {
  it('reach the verb, parsed by their type', async () => {
    expect((await say('generate', '-f', 'a', '-f', 'b', '--systemd-version', '257', '--tar')).ran).toEqual([
      { file: ['a', 'b'], systemdVersion: 257, tar: true },
      [],
    ]);
    expect((await say('stop', '--no-block', 'web', '-p', 'shop', 'db')).ran).toEqual([
      { block: false, projectName: 'shop' },
      ['web', 'db'],
    ]);
    expect((await say('start', '--', '--odd')).ran?.[1]).toEqual(['--odd']);
  });
});
