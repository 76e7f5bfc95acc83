import { describe, expect, it } from 'vitest';
import type { FileObject, FileReference, Project, Service } from '../../src/compose/project.ts';
import { compileProject } from '../../src/units/compile.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { codes, compile, project, service, target, unitOf, valueFiles } from './project-builder.ts';

function withSecret(
  from: FileObject['from'],
  reference: Partial<FileReference> = {},
  fields: Partial<Service> = {},
): Project {
  const secrets = [{ source: 'token', target: '/run/secrets/token', ...reference }];
  return project([service('web', { secrets, ...fields })], {
    secrets: new Map([['token', { key: 'token', from }]]),
  });
}
const hush = { kind: 'content', content: 'hush hush' } as const;
const file = { kind: 'file', path: '/etc/token' } as const;

describe('configs and secrets', () => {
  it('mount a file of the host read-only, and wait for its mount', () => {
    const text = serialiseUnit(unitOf(compile(withSecret(file)), 'shop-web.service'));
    expect(text).toContain('--mount type=bind,source=/etc/token,target=/run/secrets/token,readonly');
    expect(text).toContain('RequiresMountsFor=/etc/token\n');
  });

  it('copy content from an archive that only root can read, after creation and before the start', () => {
    const set = compile(withSecret(hush, { uid: 5, mode: 0o400 }));
    expect(valueFiles(set).map(({ name, mode, outline }) => ({ name, mode, outline }))).toEqual([
      {
        name: 'shop-web.files.tar',
        mode: 0o600,
        outline: ['/run/secrets/token, mode 400, owner 5:0'],
      },
    ]);
    const text = set.units.map(serialiseUnit).join('\n');
    expect(text).not.toContain('hush');
    const order = ['docker create', 'shop-run.sh copy-files', 'ExecStart=docker'].map((part) =>
      text.indexOf(part),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
  });

  it('leave a mount of the service’s own in place', () => {
    const own = { type: 'tmpfs', target: '/run/secrets/token', readOnly: false } as const;
    const text = serialiseUnit(unitOf(compile(withSecret(file, {}, { volumes: [own] })), 'shop-web.service'));
    expect(text).not.toContain('/etc/token,');
  });

  it.each<[string, Project, readonly string[]]>([
    ['an external one', withSecret({ kind: 'external' }), ['file-external']],
    ['a variable not set', withSecret({ kind: 'unset-variable', variable: 'T' }), ['file-variable-unset']],
    ['a copy into a read-only root', withSecret(hush, {}, { readOnly: true }), ['file-read-only-root']],
    ['a target too long', withSecret(hush, { target: `/${'t'.repeat(256)}` }), ['file-target-unfit']],
    ['a target of a long path', withSecret(hush, { target: `/${'t'.repeat(255)}/x` }), []],
    ['a mount in a read-only root', withSecret(file, {}, { readOnly: true }), []],
  ])('have the right findings for %s', (_what, input, expected) => {
    expect(codes(input)).toEqual(expected);
  });

  it('warn where a mounted file cannot have the mode asked for', () => {
    const { value, diagnostics } = compileProject(withSecret(file, { mode: 0o400 }), target);
    expect(value).toBeDefined();
    expect(diagnostics.map(({ severity, code, path }) => [severity, code, path])).toEqual([
      ['warning', 'file-owner-ignored', 'services.web.secrets[0]'],
    ]);
  });
});
