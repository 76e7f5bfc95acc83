import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Project, Service, UserDirective } from '../../src/compose/project.ts';
import { compileProject } from '../../src/units/compile.ts';
import { sliceUnit } from '../../src/units/names.ts';
import { slicePath } from '../../src/units/slice.ts';
import { readTemplates } from '../../src/units/templates.ts';
import { parseUnit, serialiseUnit } from '../../src/units/unit-file.ts';
import { type Target, type Unit, valuesOf } from '../../src/units/unit-set.ts';
import { loadText } from '../compose/load-text.ts';
import { compile, project, service, target, unitOf } from './project-builder.ts';

const userTarget: Target = { ...target, scope: 'user' };
const directive = (key: string, value: string): UserDirective => ({ key, value, path: `x-systemd.${key}` });
const withSlice = (value: string): Partial<Service> => ({
  systemd: { Unit: [], Install: [], Service: [directive('Slice', value)] },
});

/** The command of the container unit that creates the container, as it is read back. */
function creation(input: Project, to = target): readonly unknown[] {
  const text = serialiseUnit(unitOf(compile(input, to), 'shop-web.service'));
  const commands = valuesOf(parseUnit('shop-web.service', text) as Unit, 'Service', 'ExecStartPre').flatMap(
    (value) => (value.kind === 'exec' ? [value.command.argv] : []),
  );
  const found = commands.find((argv) => argv.includes('--name'));
  if (found === undefined) throw new Error('no command creates a container');
  return found;
}
const parentsOf = (fields: Partial<Service>): readonly unknown[] =>
  creation(project([service('web', fields)])).slice(3, 5);

describe('the slice of a project', () => {
  it.each([
    ['shop', 'shop.slice'],
    ['my-shop_2', 'my\\x2dshop_2.slice'],
    ['system', '\\x73ystem.slice'],
    ['user', '\\x75ser.slice'],
    ['system-2', 'system\\x2d2.slice'],
  ])('of %s is %s', (name, slice) => {
    expect(sliceUnit(project([], { name }))).toBe(slice);
  });

  it('is in no other project’s, and contains no other project’s', () => {
    const names = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,9}$/);
    fc.assert(
      fc.property(names, names, (one, other) => {
        const [first, second] = [one, other].map((name) => sliceUnit(project([], { name })));
        expect(slicePath(first ?? '')).toBe(`/${first ?? ''}`);
        expect(first === second).toBe(one === other);
      }),
    );
  });

  it('is a unit with the house’s accounting, and the settings at the top of the file over it', () => {
    const { value } = loadText(
      {
        'compose.yaml':
          'name: shop\nservices: { web: { image: x } }\nx-systemd: { Slice: { MemoryMax: 1G, CPUAccounting: no } }',
      },
      {},
    );
    const set = compile(value as Project);
    const text = serialiseUnit(unitOf(set, 'shop.slice'));
    expect(text).toMatch(/^Description=shop: all containers\n(.+\n)+\n\[Slice\]\nMemoryMax=1G\n/m);
    expect(text).toMatch(/^MemoryAccounting=yes$/m);
    expect(text.match(/^CPUAccounting=.*$/gm)).toEqual(['CPUAccounting=no']);
    expect(serialiseUnit(unitOf(set, 'shop-web.service'))).not.toContain('MemoryMax');
  });

  it('takes the user’s template', () => {
    const templates = readTemplates(new Map([['project.slice', '[Slice]\nTasksMax=9\n']]));
    const { value } = compileProject(project([service('web')]), target, templates);
    expect(value && serialiseUnit(unitOf(value, 'shop.slice'))).toMatch(/^TasksMax=9$/m);
  });

  it('has no section in a service', () => {
    const { diagnostics } = loadText(
      { 'compose.yaml': 'services: { web: { image: x, x-systemd: { Slice: { MemoryMax: 1G } } } }' },
      {},
    );
    expect(diagnostics.map(({ code, path }) => [code, path])).toEqual([
      ['unknown-key', 'services.web.x-systemd.Slice'],
    ]);
  });
});

describe('a container', () => {
  it('and its unit are in the project’s slice', () => {
    expect(parentsOf({})).toEqual(['shop.slice', '/shop.slice']);
    const text = serialiseUnit(unitOf(compile(project([service('web')])), 'shop-web.service'));
    expect(text).toMatch(/^Slice=shop.slice$/m);
  });

  it('follows its unit into another slice', () => {
    expect(parentsOf(withSlice('big-jobs.slice'))).toEqual(['big-jobs.slice', '/big.slice/big-jobs.slice']);
    const all = project([service('web')], {
      systemd: { Unit: [], Install: [], Slice: [], Service: [directive('Slice', 'big.slice')] },
    });
    expect(creation(all).slice(3, 5)).toEqual(['big.slice', '/big.slice']);
    expect(serialiseUnit(unitOf(compile(all), 'shop-web.service')).match(/^Slice=.*$/gm)).toEqual([
      'Slice=big.slice',
    ]);
  });

  it.each(['', '%p.slice', '-.slice', 'nonsense'])('is where Docker puts it with Slice=%s', (value) => {
    expect(creation(project([service('web', withSlice(value))])).slice(3, 5)).toEqual(['docker', 'create']);
  });

  it('is where its own cgroup_parent says', () => {
    const argv = creation(project([service('web', { cgroupParent: 'mine.slice' })]));
    expect(argv.slice(3, 5)).toEqual(['docker', 'create']);
    expect(argv[argv.indexOf('--cgroup-parent') + 1]).toBe('mine.slice');
  });

  it('of a user’s manager is in none, with a warning where settings are lost', () => {
    const input = project([service('web')], {
      systemd: { Unit: [], Install: [], Service: [], Slice: [directive('MemoryMax', '1G')] },
    });
    expect(creation(input, userTarget).slice(3, 5)).toEqual(['docker', 'create']);
    const { value, diagnostics } = compileProject(input, userTarget);
    expect(value?.units.map(({ kind }) => kind)).not.toContain('slice');
    expect(value?.units.map(serialiseUnit).join('')).not.toContain('Slice=');
    expect(diagnostics.map(({ severity, code }) => [severity, code])).toEqual([['warning', 'slice-of-user']]);
  });
});
