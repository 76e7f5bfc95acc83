import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootHook, hasLines, isOurs, withLines, withoutLines } from '../../src/boot/hook.ts';
import { inits } from '../../src/boot/inits.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

const programs = {
  node: '/opt/node 20/bin/node',
  dockunit: "/srv/o'brien/bin/dockunit.js",
  init: "/srv/o'brien/bin/dockunit-init",
};
const textsOf = (init: (typeof inits)[number]): readonly string[] => {
  const { files, lines } = bootHook(init, programs);
  return [...files.map(({ text }) => text), ...(lines === undefined ? [] : [lines.text])];
};

/** Runs a shell over a script file. */
function inShell(shell: readonly [string, ...string[]], text: string, ...args: readonly string[]): string {
  const path = join(temporaryDirectory(), 'script');
  writeFileSync(path, text);
  const [program, ...before] = shell;
  return execaSync(program, [...before, path, ...args], { stdin: 'ignore' }).stdout;
}

describe('every hook', () => {
  it.each(inits)('%s is a shell script that dash and busybox can read', (init) => {
    for (const text of textsOf(init)) {
      inShell(['dash', '-n'], text);
      inShell(['busybox', 'ash', '-n'], text);
    }
  });

  it.each(inits)('%s leaves no placeholder, and has paths with spaces and quotes in one piece', (init) => {
    for (const text of textsOf(init)) expect(text).not.toMatch(/@[A-Z]+@/);
    const whole = textsOf(init).join('');
    const [assignment = ''] = /PATH='[^']*'\S*/.exec(whole) ?? [];
    expect(inShell(['dash'], `${assignment}; printf %s "$PATH"`)).toMatch(
      /^\/opt\/node 20\/bin:\/usr\/local\/sbin:/,
    );
    expect(whole).toContain(`'/srv/o'\\''brien/bin/dockunit`);
  });

  it.each(inits)('%s names dockunit as its owner', (init) => {
    for (const { text } of bootHook(init, programs).files) expect(isOurs(text)).toBe(true);
    expect(isOurs('#!/bin/sh\necho dockunit\n')).toBe(false);
  });
});

describe('the SysV script', () => {
  const [text = ''] = textsOf('sysv');

  it('has the header that insserv orders it by', () => {
    const [, header = ''] = /### BEGIN INIT INFO\n([^]*?)### END INIT INFO/.exec(text) ?? [];
    const fields = new Map(
      header
        .trimEnd()
        .split('\n')
        .map((line) => {
          const [, key = line, value = ''] = /^# ([A-Za-z-]+): +(.*)$/.exec(line) ?? [];
          return [key, value];
        }),
    );
    expect([...fields.keys()]).toEqual([
      'Provides',
      'Required-Start',
      'Required-Stop',
      'Should-Start',
      'Should-Stop',
      'Default-Start',
      'Default-Stop',
      'Short-Description',
      'Description',
    ]);
    expect(fields.get('Required-Start')).toContain('docker');
  });

  it('prints its usage', () => {
    expect(() => inShell(['dash'], text, 'stray')).toThrow(/start\|stop\|restart/);
  });
});

const line = fc.oneof(
  fc.constantFrom('#!/bin/sh', 'exit 0', 'exit', '', '# text', '  exit 1', 'exit 0 # done', 'exitcode=1'),
  fc.stringMatching(/^[ -~]{0,20}$/),
);
const fileText = fc.array(line).map((lines) => lines.map((each) => `${each}\n`).join(''));

describe('rc.local', () => {
  const ours = 'dockunit-init &\n';

  it('is unchanged once dockunit’s lines are removed', () => {
    fc.assert(
      fc.property(fileText, (text) => {
        const hooked = withLines(text, ours);
        expect(hasLines(hooked)).toBe(true);
        expect(withoutLines(hooked)).toBe(text);
      }),
    );
  });

  it('has dockunit’s lines once, however often they are written', () => {
    fc.assert(
      fc.property(fileText, (text) => {
        const hooked = withLines(withLines(text, 'old &\n'), ours);
        expect(hooked).toBe(withLines(text, ours));
      }),
    );
  });

  it('runs them before the exit that ends it', () => {
    expect(withLines('#!/bin/sh\nif x; then\n  exit 1\nfi\nexit 0\n\n', ours)).toBe(
      '#!/bin/sh\nif x; then\n  exit 1\nfi\n' +
        '# >>> dockunit: written by dockunit supervise --install\ndockunit-init &\n# <<< dockunit\nexit 0\n\n',
    );
  });

  it('is created where there is none, and removed when it has no other lines', () => {
    const made = withLines(undefined, ours);
    expect(made).toMatch(/^#!\/bin\/sh\n/);
    expect(withoutLines(made)).toBeUndefined();
    expect(withoutLines(`${made}mine\n`)).toBe('#!/bin/sh\nmine\n');
    expect(withLines(made, ours)).toBe(made);
  });

  it('gets the missing newline of its last line', () => {
    expect(withoutLines(withLines('true', ours))).toBe('true\n');
  });

  it('without lines of dockunit is not touched', () => {
    fc.assert(fc.property(fileText, (text) => withoutLines(text) === text));
  });
});
