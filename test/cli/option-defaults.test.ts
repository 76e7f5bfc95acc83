import { parse } from 'ini';
import { describe, expect, it } from 'vitest';
import { applyConfiguration } from '../../src/cli/option-defaults.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { UsageError } from '../../src/model/diagnostic.ts';

const apply = (verb: string, given: Record<string, unknown>, ...texts: readonly string[]): object =>
  applyConfiguration(
    verb,
    verbs,
    given,
    texts.map((text, index) => ({ path: `/etc/${index}.ini`, values: parse(text) })),
  );

describe('dockunit.ini', () => {
  it('gives a verb the options of its section', () => {
    const text =
      '[generate]\noutput = /etc/systemd/system\nsystemd-version = 257.9-1~deb13u1\nfile[] = a.yaml\nfile[] = b.yaml\n';
    expect(apply('generate', {}, text)).toEqual({
      output: '/etc/systemd/system',
      systemdVersion: 257,
      file: ['a.yaml', 'b.yaml'],
    });
    expect(apply('start', {}, text)).toEqual({});
  });

  it('gives every verb that has the option the keys before the sections', () => {
    expect(apply('status', {}, 'user = true\nlines = 5\n')).toEqual({ user: true });
    expect(apply('logs', {}, 'user = true\nlines = 5\n')).toEqual({ user: true, lines: 5 });
  });

  it('gives way to the command line, and the host’s file to the user’s', () => {
    expect(apply('logs', { lines: 1 }, '[logs]\nlines = 5\n')).toEqual({ lines: 1 });
    expect(apply('logs', {}, '[logs]\nlines = 5\n', '[logs]\nlines = 6\n')).toEqual({ lines: 6 });
  });

  it.each([
    ['[generat]\noutput = x', 'the verb [generat]'],
    ['[logs]\noutput = x', 'the option output'],
    ['outpt = x', 'the option outpt'],
    ['[generate]\ndocker-version = newest', 'docker-version wants a version, such as 26'],
    ['[logs]\nlines = many', 'lines wants a whole number'],
    ['[status]\nuser = perhaps', 'user wants true or false'],
    ['[status]\nmanager = upstart', 'manager wants systemd or supervisor'],
  ])('refuses %j, whichever verb is run', (text, says) => {
    expect(() => apply('start', {}, text)).toThrow(UsageError);
    expect(() => apply('start', {}, text)).toThrow(says);
  });
});
