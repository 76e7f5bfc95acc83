import { describe, expect, test } from 'vitest';
import { auditVerb } from '../../src/run/audit.ts';
import type { AuditPort, AuditRecord, AuditedRun } from '../../src/run/audit.ts';
import type { Change } from '../../src/run/change.ts';
import type { Context, ExitCode } from '../../src/run/context.ts';
import { mayChange } from '../../src/cli/run-verb.ts';
import { UsageError } from '../../src/model/diagnostic.ts';
import { verbs } from '../../src/cli/verbs.ts';
import type { VerbName } from '../../src/cli/verbs.ts';
import { HostError } from '../../src/model/ports.ts';
import { writtenContext } from './written-context.ts';

interface Audited {
  readonly records: readonly AuditRecord[];
  readonly journal: readonly string[];
  readonly paths: readonly string[];
  readonly modes: readonly number[];
  readonly warnings: string;
  readonly result: unknown;
}

async function audited(
  verb: VerbName,
  work: (context: Context) => Promise<ExitCode>,
  over: { options?: AuditedRun['options']; environment?: Context['environment']; fault?: HostError } = {},
): Promise<Audited> {
  const { context, atEnd } = writtenContext({
    now: () => 1000,
    environment: over.environment ?? {},
    variables: over.environment ?? {},
  });
  const seen: { path: string; line: string; mode: number }[] = [];
  const journal: string[] = [];
  const port: AuditPort = {
    append: (path, line, mode) => {
      if (over.fault !== undefined) throw over.fault;
      seen.push({ path, line, mode });
    },
    tellJournal: (line) => void journal.push(line),
  };
  const run = { verb, spec: verbs[verb], options: over.options ?? {}, names: ['web'] };
  const result = await auditVerb(context, run, work, port).catch((error: unknown) => error);
  return {
    records: seen.map(({ line }) => JSON.parse(line) as AuditRecord),
    journal,
    paths: seen.map(({ path }) => path),
    modes: seen.map(({ mode }) => mode),
    warnings: atEnd.join(''),
    result,
  };
}

const restartWeb = { kind: 'jobs', verb: 'restart', units: ['web.service'] } as const;
const reload = { kind: 'reload' } as const;

const changing = (context: Context): Promise<ExitCode> => {
  context.recordChange(restartWeb);
  context.recordChange(reload);
  return Promise.resolve(0);
};

describe('the lines of a run in the audit log', () => {
  test('a line when the first change begins, and one with all of them when it ends', async () => {
    const environment = { SUDO_USER: 'alice', SSH_CONNECTION: '192.0.2.7 50000 192.0.2.1 22' };
    const { records, journal, paths, modes } = await audited('restart', changing, { environment });
    const who = { sudoUser: 'alice', ssh: '192.0.2.7' };
    const what = { time: '1970-01-01T00:00:01.000Z', verb: 'restart', names: ['web'] };
    expect(records).toMatchObject([
      { ...what, ...who, event: 'begins', changes: [restartWeb] },
      { ...what, ...who, event: 'done', exitCode: 0, changes: [restartWeb, reload] },
    ]);
    expect(new Set(records.map(({ run }) => run)).size).toBe(1);
    expect(paths).toEqual(['/var/log/dockunit/audit.log', '/var/log/dockunit/audit.log']);
    expect(modes).toEqual([0o640, 0o640]);
    expect(journal.map((line) => JSON.parse(line) as unknown)).toEqual(records);
  });

  test('of a user’s units, in the user’s own state directory', async () => {
    const environment = { HOME: '/home/bob' };
    const { paths, modes } = await audited('restart', changing, { options: { user: true }, environment });
    expect(paths[0]).toBe('/home/bob/.local/state/dockunit/audit.log');
    expect(modes[0]).toBe(0o600);
  });

  test('a failure, by an exit code or an error, changed or not', async () => {
    const failed = await audited('start', () => Promise.resolve(1));
    expect(failed.records).toMatchObject([{ event: 'failed', exitCode: 1, changes: [] }]);
    const error = new HostError('no permission', 'Be root');
    const thrown = await audited('start', () => Promise.reject(error));
    expect(thrown.records).toMatchObject([{ event: 'failed', exitCode: 1, error: 'no permission' }]);
    expect(thrown.result).toBe(error);
  });

  test('nothing of the message of an internal error, which may hold anything', async () => {
    const { records } = await audited('start', () => Promise.reject(new Error('PASSWORD=hunter2')));
    expect(JSON.stringify(records)).not.toContain('hunter2');
  });

  test.each<[string, VerbName, (context: Context) => Promise<ExitCode>]>([
    ['a verb that had nothing to change', 'apply', () => Promise.resolve(0)],
    ['wrong usage', 'start', () => Promise.reject(new UsageError('no such service', 'Name another'))],
  ])('nothing of %s', async (_what, verb, work) => {
    const { records, journal } = await audited(verb, work);
    expect([records, journal]).toEqual([[], []]);
  });

  test('a warning where it cannot be written, and the change is made all the same', async () => {
    const fault = new HostError('Cannot write /var/log/dockunit/audit.log: the disk is full', 'Make room');
    const { result, warnings, journal } = await audited('restart', changing, { fault });
    expect(result).toBe(0);
    expect(warnings).toBe(
      'warning: this change is not in the audit: Cannot write /var/log/dockunit/audit.log: the disk is full\n→ Make room\n',
    );
    expect(journal).toHaveLength(2);
  });

  test('the warning is for the end, and there is none where the first change was refused', async () => {
    const fault = new HostError('Cannot write /var/log/dockunit/audit.log: permission denied', 'Be root');
    const refused = new HostError('Cannot start web.service: permission denied', 'Be root');
    const said = await audited(
      'restart',
      (context) => {
        context.recordChange(restartWeb);
        return Promise.resolve(1);
      },
      { fault },
    );
    expect(said.warnings).toMatch(/^warning: this change is not in the audit/);
    const attempt = (...changes: readonly Change[]): Promise<Audited> =>
      audited(
        'restart',
        ({ recordChange }) => {
          changes.forEach(recordChange);
          return Promise.reject(refused);
        },
        { fault },
      );
    expect(await attempt(restartWeb)).toMatchObject({ warnings: '', result: refused });
    expect((await attempt(reload, restartWeb)).warnings).toContain('not in the audit');
  });
});

describe('whether a verb changes the host', () => {
  test('depends for some on their options', () => {
    expect(mayChange({ spec: verbs.status, options: {} })).toBe(false);
    expect(mayChange({ spec: verbs.apply, options: {} })).toBe(true);
    expect(mayChange({ spec: verbs.apply, options: { dryRun: true } })).toBe(false);
    expect(mayChange({ spec: verbs.generate, options: {} })).toBe(false);
    expect(mayChange({ spec: verbs.generate, options: { output: '/etc/systemd/system' } })).toBe(true);
    expect(mayChange({ spec: verbs.supervise, options: {} })).toBe(false);
    expect(mayChange({ spec: verbs.supervise, options: { uninstall: true } })).toBe(true);
  });

  test('the options it depends on are options of the verb', () => {
    for (const [verb, { changes, options }] of Object.entries(verbs)) {
      const names = options.flatMap(({ flags }) => /--([a-z-]+)/.exec(flags)?.[1] ?? []);
      const conditions: readonly string[] = typeof changes === 'string' ? [] : changes.with;
      for (const name of conditions) expect(names, verb).toContain(name);
    }
  });
});
