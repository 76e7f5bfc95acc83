/** Names that [Install] brings into being: checked as the names of units are. */
import { describe, expect, it } from 'vitest';
import { compileProject } from '../../src/units/compile.ts';
import { readTemplates } from '../../src/units/templates.ts';
import type { Project, UserDirective } from '../../src/compose/project.ts';
import { codes, compile, project, service, target, unitOf } from './project-builder.ts';
import { aliasesOf } from '../../src/units/install-names.ts';

function installing(directives: readonly (readonly [string, string])[]): Project {
  const Install = directives.map(([key, value]): UserDirective => ({
    key,
    value,
    path: `services.web.x-systemd.Install.${key}`,
  }));
  return project([service('web', { systemd: { Unit: [], Service: [], Install } }), service('db')]);
}

describe('[Install] under x-systemd', () => {
  it.each([
    ['a unit that hosts live by', 'ssh.service', 'unit-name-reserved'],
    ['one among several', 'front.service  dbus-org.freedesktop.login1.service', 'unit-name-reserved'],
    ['a template of such a unit', 'getty@.service', 'unit-alias-invalid'],
    ['an instance of such a unit', 'getty@tty1.service', 'unit-name-reserved'],
    ['another unit of the project', 'shop-db.service', 'unit-name-collision'],
    ['a name in quotes, which systemd takes off', '"ssh.service"', 'unit-alias-invalid'],
    ['a specifier, which may become any name', '%i.service', 'unit-alias-invalid'],
    ['a unit of another type', 'front.socket', 'unit-alias-invalid'],
    ['a name that is too long', `${'a'.repeat(250)}.service`, 'unit-alias-invalid'],
  ])('refuses an alias that is %s', (_what, value, code) => {
    const { diagnostics } = compileProject(installing([['Alias', value]]), target);
    expect(diagnostics.map((found) => [found.code, found.path])).toContainEqual([
      code,
      'services.web.x-systemd.Install.Alias',
    ]);
  });

  it('refuses an alias that several services have', () => {
    const Install: UserDirective[] = [
      { key: 'Alias', value: 'front.service', path: 'x-systemd.Install.Alias' },
    ];
    const input = {
      ...project([service('web'), service('db')]),
      systemd: { Unit: [], Service: [], Install, Slice: [] },
    };
    expect(codes(input)).toEqual(['unit-name-collision']);
  });

  it('refuses an alias in the house defaults', () => {
    const templates = readTemplates(new Map([['container.service', '[Install]\nAlias=ssh.service\n']]));
    const { diagnostics } = compileProject(project([service('web')]), target, templates);
    expect(diagnostics.map(({ code }) => code)).toEqual(['unit-name-reserved']);
  });

  it.each(['ssh.service', 'web.timer', '%p.service'])('refuses Also=%s, a foreign unit', (name) => {
    expect(codes(installing([['Also', name]]))).toEqual(['unit-also-foreign']);
  });

  it('accepts an alias that is free, and other units of the project', () => {
    const set = compile(
      installing([
        ['Alias', 'front.service'],
        ['Also', 'shop-db.service'],
        ['WantedBy', 'multi-user.target'],
      ]),
    );
    expect(aliasesOf(unitOf(set, 'shop-web.service'))).toEqual(['front.service']);
  });
});
