/** Which project a verb acts on, by where the user stands; the cases are in test/fixtures/place/. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chooseUnits } from '../../src/session/select-units.ts';
import { UsageError } from '../../src/run/context.ts';
import type { GlobalOptions } from '../../src/run/context.ts';
import { installedUnits } from '../../src/session/installed-units.ts';
import { noteOfElsewhere, defaultProject } from '../../src/session/default-project.ts';
import { hostVerbs } from '../../src/cli/host-verbs.ts';
import { verbs } from '../../src/cli/verbs.ts';
import type { VerbSpec } from '../../src/run/verb.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { writtenContext } from '../run/written-context.ts';

interface Case {
  readonly case: string;
  /** Files by path, with their content; a path that ends with ` -> PATH` is a link. */
  readonly disk?: Readonly<Record<string, string>>;
  /** Projects by name, each with its services and the file it was compiled from. */
  readonly installed: Readonly<Record<string, { readonly source: string; readonly services: string }>>;
  /** The directory the user stands in. */
  readonly in: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly options?: GlobalOptions;
  readonly names?: readonly string[];
  /** The units that a verb which changes the host acts on, or what it says instead. */
  readonly change: string;
  /** The same of one that only reads; a note follows after ` | `. Left out where it is the same, without a note. */
  readonly read?: string;
}

const fixture = new URL('../fixtures/place/cases.yaml', import.meta.url);
const cases = parse(readFileSync(fixture, 'utf8')) as readonly Case[];

function unitFiles(root: string, installed: Case['installed']) {
  return Object.entries(installed).flatMap(([project, { source, services }]) => {
    const file = (name: string, fields: readonly string[]) => ({
      name,
      path: `/etc/systemd/system/${name}`,
      text: ['[X-Dockunit]', `Project=${project}`, `Source=${join(root, source)}`, ...fields].join('\n'),
    });
    return [
      file(`${project}.target`, ['Kind=target']),
      ...services.split(' ').map((service) => {
        const [name = '', included] = service.split('@');
        const from = included === undefined ? [] : [`Source=${join(root, included)}`];
        const unit = file(`${project}-${name}.service`, ['Kind=container', `Service=${name}`]);
        return included === undefined
          ? unit
          : { ...unit, text: unit.text.replace(/Source=.*/, from[0] ?? '') };
      }),
    ];
  });
}

async function outcomeOf(one: Case, root: string, purpose: 'read' | 'change'): Promise<string> {
  const { context } = writtenContext({
    purpose,
    workingDirectory: join(root, one.in),
    variables: { ...one.variables },
  });
  const { file, ...others } = one.options ?? {};
  const options = { ...others, ...(file !== undefined && { file: file.map((path) => join(root, path)) }) };
  const place = defaultProject(context, options);
  const installed = installedUnits(unitFiles(root, one.installed));
  try {
    const chosen = await chooseUnits(one.names ?? [], installed, place, {
      isForeign: () => Promise.resolve(false),
      serviceOfFile: () => Promise.resolve(undefined),
    });
    const note = noteOfElsewhere(chosen, installed, place);
    const units = chosen.map(({ name }) => name).join(' ');
    return (note === undefined ? units : `${units} | ${note}`).replaceAll(root, '');
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return `${error.message} → ${error.remedy}`.replaceAll(root, '');
  }
}

describe('the default project', () => {
  it.each(cases.map((one) => [one.case, one] as const))('%s', async (_name, one) => {
    const root = temporaryDirectory();
    for (const [path, content] of Object.entries(one.disk ?? {})) {
      const [at = '', to] = path.split(' -> ');
      mkdirSync(dirname(join(root, at)), { recursive: true });
      if (to === undefined) writeFileSync(join(root, at), content);
      else symlinkSync(join(root, to), join(root, at));
    }
    mkdirSync(join(root, one.in), { recursive: true });
    expect(await outcomeOf(one, root, 'change')).toBe(one.change);
    expect(await outcomeOf(one, root, 'read')).toBe(one.read ?? one.change);
  });
});

describe('the table of verbs', () => {
  it('says of each verb that takes services or a project whether it changes the host', () => {
    const changing = Object.entries<VerbSpec>(hostVerbs)
      .filter(([, { takes, changes }]) => takes !== 'nothing' && changes !== 'never')
      .map(([name]) => name);
    expect(changing).toEqual([
      ...['enable', 'disable', 'start', 'stop', 'restart', 'update', 'rollback', 'reset-failed'],
    ]);
    expect(verbs.remove.changes).toBe('always');
  });
});
