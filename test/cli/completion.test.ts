import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/completion.ts';
import { listVerbs } from '../../src/cli/reference.ts';
import type { StatusReport } from '../../src/commands/status.ts';
import { type ServiceStatus, statusOf } from '../../src/status/status.ts';
import { installedUnits } from '../../src/session/installed-units.ts';
import { type Shell, shells } from '../../src/cli/verbs.ts';
import { buildGraph } from '../../src/graph/build.ts';
import { serviceView } from '../../src/graph/view.ts';
import { parseUnitSet } from '../graph/unit-sets.ts';
import { shopFiles } from '../commands/shop.ts';
import { writtenContext } from '../run/written-context.ts';

async function script(shell: Shell): Promise<string> {
  const { context, written } = writtenContext();
  expect(await run(context, {}, [shell])).toBe(0);
  return written.out;
}

const installed = (shell: Shell): boolean =>
  execaSync(shell, ['-c', 'true'], { reject: false }).exitCode === 0;
/** `describe` for what needs the shell: skipped with the reason in its name where it is not installed. */
const describeIn = (shell: Shell, tests: () => void): void => {
  const here = installed(shell);
  describe.skipIf(!here)(`${shell}${here ? '' : ` [skipped: needs ${shell}]`}`, tests);
};

let directory = '';
const verbOf = (shell: Shell): string => join(directory, `dockunit.${shell}`);

/** Runs shell text where `dockunit` prints what status and graph print on a host with shopFiles. */
function inShell(shell: Shell, text: string, ...parameters: readonly string[]): readonly string[] {
  const quiet = { zsh: ['-f'], fish: ['--no-config'], bash: ['--norc'] }[shell];
  const operands = shell === 'fish' ? parameters : [shell, ...parameters];
  const { stdout, stderr, exitCode } = execaSync(shell, [...quiet, '-c', text, ...operands], {
    reject: false,
    cwd: directory,
    stdin: 'ignore',
    env: {
      PATH: `${join(directory, 'bin')}:${process.env['PATH'] ?? ''}`,
      LC_ALL: 'C.UTF-8',
      HOME: directory,
    },
  });
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return stdout === '' ? [] : stdout.split('\n');
}

const written = ['front', 'back'];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'dockunit-completion-'));
  for (const path of ['bin', 'some folder']) mkdirSync(join(directory, path));
  for (const shell of shells) writeFileSync(verbOf(shell), await script(shell));
  const units = installedUnits(shopFiles);
  const facts = {
    unitsByName: new Map(units.map((unit) => [unit.name, unit])),
    states: new Map(),
    jobs: new Map(),
    containers: undefined,
    goneResources: [],
  };
  const services: ServiceStatus[] = units
    .filter(({ kind }) => kind === 'container')
    .map((unit) => statusOf(unit, facts));
  const report: StatusReport = { manager: 'systemd', scope: 'system', dockerError: null, services };
  const graph = serviceView(
    buildGraph(
      parseUnitSet(written.map((name) => `${name}.service container\n  Service=${name}`).join('\n')),
    ),
  );
  writeFileSync(join(directory, 'status.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(directory, 'graph.json'), `${JSON.stringify(graph, null, 2)}\n`);
  const standIn = join(directory, 'bin/dockunit');
  writeFileSync(standIn, `#!/bin/sh\n[ "$2" = --json ] && cat "${directory}/$1.json"\n`);
  chmodSync(standIn, 0o755);
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const verbNames = [...listVerbs().map(({ name }) => name), 'help'];
const installedServices = new Set(installedUnits(shopFiles).flatMap(({ service }) => service ?? []));
const optionsOf = (verb: string): readonly string[] =>
  listVerbs()
    .filter(({ name }) => name === verb)
    .flatMap(({ options }) => options.flatMap(({ names }) => names));

describeIn('bash', () => {
  /** What bash would offer for the last of the words. */
  const offer = (...words: readonly string[]): readonly string[] =>
    inShell(
      'bash',
      // compopt works in a completion only; everything else is run as bash runs it.
      'compopt() { :; }; . "$1"; shift; COMP_WORDS=(dockunit "$@"); COMP_CWORD=$#; _dockunit; ' +
        '[ ${#COMPREPLY[@]} = 0 ] || printf "%s\\n" "${COMPREPLY[@]}"',
      verbOf('bash'),
      ...words,
    );

  it('takes the script and registers it', () => {
    inShell('bash', 'bash -n "$1"', verbOf('bash'));
    expect(inShell('bash', '. "$1"; complete -p dockunit', verbOf('bash'))).toEqual([
      'complete -F _dockunit dockunit',
    ]);
  });
  it('offers the verbs, also after help', () => {
    expect(offer('')).toEqual([...verbNames, '--help', '--version']);
    expect(offer('st')).toEqual(['start', 'stop', 'status']);
    expect(offer('help', 'st')).toEqual(['start', 'stop', 'status']);
  });
  it.each(listVerbs().map(({ name }) => name))('offers every option of %s', (verb) => {
    expect(offer(verb, '-')).toEqual([...optionsOf(verb), '--help']);
  });
  it('offers installed services, and for graph those of the Compose file', () => {
    expect(new Set(offer('restart', '').filter((word) => !word.startsWith('-')))).toEqual(installedServices);
    expect(offer('graph', 'f')).toEqual(['front']);
    expect(offer('check', 'f')).toEqual([]);
  });
  it('offers the values of an option', () => {
    expect(offer('start', '--manager', '')).toEqual(['systemd', 'supervisor']);
    expect(offer('start', '--manager', '=', 'sy')).toEqual(['systemd']);
    expect(offer('start', '--manager', '=')).toEqual(['systemd', 'supervisor']);
    expect(offer('generate', '-o', 'so')).toEqual(['some folder']);
    expect(offer('generate', '-f', 'sta')).toEqual(['status.json']);
    expect(offer('logs', '-n', '')).toEqual([]);
    expect(offer('completion', 'f')).toEqual(['fish']);
  });
  // Two projects of the stand-in have a service web.
  it('offers a service once, and after logs -f, which follows and takes no file', () => {
    expect(offer('logs', '-f', 'w')).toEqual(['web']);
  });
  it('offers nothing after an unknown verb', () => {
    expect(offer('strat', '')).toEqual([]);
  });
});

describeIn('zsh', () => {
  /** What the script says to zsh's own functions, for the last of the words. */
  const tell = (...words: readonly string[]): readonly string[] =>
    inShell(
      'zsh',
      'compdef() { }; _describe() { print -rl -- ${(P)2} }; _arguments() { print -rl -- "$@" }; ' +
        '. "$1"; shift; words=(dockunit "$@"); CURRENT=$#words; _dockunit',
      verbOf('zsh'),
      ...words,
    );

  it('takes the script and registers it', () => {
    inShell('zsh', 'zsh -n "$1"', verbOf('zsh'));
    expect(inShell('zsh', 'compdef() { print "$@" }; . "$1"', verbOf('zsh'))).toEqual(['_dockunit dockunit']);
  });
  it('offers the verbs, also after help', () => {
    const names = (lines: readonly string[]): readonly string[] =>
      lines.map((line) => line.split(':')[0] ?? '');
    expect(names(tell(''))).toEqual(verbNames);
    expect(names(tell('help', ''))).toEqual(verbNames);
  });
  it.each(listVerbs().map(({ name }) => name))('offers every option of %s', (verb) => {
    const flags = tell(verb, '').map((line) => /^(?:\*|\([^)]*\))?(-[^[]*)\[/.exec(line)?.[1]);
    expect(flags.filter((flag) => flag !== undefined)).toEqual([...optionsOf(verb), '--help']);
  });
  it('asks for services', () => {
    const ask = (source: string): ReadonlySet<string> =>
      new Set(
        inShell(
          'zsh',
          `compdef() { }; compadd() { shift; print -rl -- "$@" }; . "$1"; ${source}`,
          verbOf('zsh'),
        ),
      );
    expect(tell('restart', '')).toContain('*:service:_dockunit_installed');
    expect(tell('graph', '')).toContain('*:service:_dockunit_written');
    expect(ask('_dockunit_installed')).toEqual(installedServices);
    expect(ask('_dockunit_written')).toEqual(new Set(written));
  });
});

describeIn('fish', () => {
  /** What fish offers for the line, descriptions left out. */
  const offer = (line: string): readonly string[] =>
    inShell('fish', 'source $argv[1]; complete -C $argv[2]', verbOf('fish'), line).map(
      (entry) => entry.split('\t')[0] ?? '',
    );

  it('takes the script', () => {
    inShell('fish', 'fish --no-execute $argv[1]', verbOf('fish'));
  });
  it('offers the verbs, also after help', () => {
    expect(new Set(offer('dockunit '))).toEqual(new Set(verbNames));
    expect(offer('dockunit help st').toSorted()).toEqual(['start', 'status', 'stop']);
  });
  it.each(listVerbs().map(({ name }) => name))('offers every option of %s', (verb) => {
    const offered = new Set([...offer(`dockunit ${verb} -`), ...offer(`dockunit ${verb} --`)]);
    expect(offered).toEqual(new Set([...optionsOf(verb), '--help']));
  });
  it('offers installed services, and for graph those of the Compose file', () => {
    expect(new Set(offer('dockunit restart '))).toEqual(installedServices);
    expect(offer('dockunit graph f')).toEqual(['front']);
  });
  it('offers the values of an option', () => {
    expect(offer('dockunit start --manager ').toSorted()).toEqual(['supervisor', 'systemd']);
    expect(offer('dockunit generate -o so')).toEqual(['some folder/']);
    expect(offer('dockunit generate -f sta')).toEqual(['status.json']);
    expect(offer('dockunit completion f')).toEqual(['fish']);
  });
});
