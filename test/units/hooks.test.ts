import { describe, expect, it } from 'vitest';
import type { Hook, Service } from '../../src/compose/project.ts';
import { compileProject } from '../../src/units/compile.ts';
import { parseUnit, serialiseUnit } from '../../src/units/unit-file.ts';
import { type Command, valuesOf } from '../../src/units/unit-set.ts';
import { codes, compile, project, service, target, unitOf, valueFiles } from './project-builder.ts';

const hook = (fields: Partial<Hook> = {}): Hook => ({
  command: ['notify', 'one word'],
  privileged: false,
  environment: new Map(),
  ...fields,
});
const web = (fields: Partial<Service>) => project([service('web', fields)]);

/** Commands of the container unit as they are read back from its text. */
function commandsOf(fields: Partial<Service>, key: string): readonly Command[] {
  const text = serialiseUnit(unitOf(compile(web(fields)), 'shop-web.service'));
  const unit = parseUnit('shop-web.service', text);
  if (unit === undefined) throw new Error('not a unit of ours');
  return valuesOf(unit, 'Service', key).map((value) => {
    if (value.kind !== 'exec') throw new Error(`${key} is no command`);
    return value.command;
  });
}

describe('post_start', () => {
  it('runs in the container once it runs, in file order', () => {
    const [awaiting, ...hooks] = commandsOf(
      { postStart: [hook(), hook({ command: ['-x', '$HOME %h', ''] })] },
      'ExecStartPost',
    );
    expect(awaiting?.argv.at(-1)).toBe('shop-web');
    expect(hooks).toEqual([
      { ignoreFailure: false, argv: ['docker', 'exec', 'shop-web', 'notify', 'one word'] },
      { ignoreFailure: false, argv: ['docker', 'exec', 'shop-web', '-x', '$HOME %h', ''] },
    ]);
  });

  it('has its own user, rights, directory and variables', () => {
    const fields = {
      postStart: [
        hook({ user: '5:6', privileged: true, workingDir: '/w', environment: new Map([['A', 'b']]) }),
      ],
    };
    const [, only] = commandsOf(fields, 'ExecStartPost');
    expect(only?.argv).toEqual([
      ...['docker', 'exec', '--user', '5:6', '--privileged', '--workdir', '/w'],
      ...['--env-file', [{ specifier: 'Y' }, '/shop-web.post_start.0.env']],
      ...['shop-web', 'notify', 'one word'],
    ]);
  });
});

describe('pre_stop', () => {
  it('runs before the stop and cannot fail it', () => {
    const [before, stop] = commandsOf({ preStop: [hook({ user: 'root' })] }, 'ExecStop');
    expect(before?.argv.slice(0, 3)).toEqual(['/bin/sh', [{ specifier: 'Y' }, '/shop-run.sh'], 'pre-stop']);
    expect(before?.argv.slice(3)).toEqual([
      ...['shop-web', 'docker', 'exec', '--user', 'root', 'shop-web', 'notify', 'one word'],
    ]);
    expect(stop?.argv.slice(0, 2)).toEqual(['docker', 'stop']);
  });
});

describe('variables of a hook', () => {
  const lines = 'first\nsecond hush';
  const secret = new Map([
    ['TOKEN', 'hush'],
    ['PEM', lines],
  ]);

  it('are in files that only root can read, those of several lines too, and in no unit', () => {
    const set = compile(
      web({ postStart: [hook({ environment: secret })], preStop: [hook({ environment: secret })] }),
    );
    expect(valueFiles(set).map(({ name, mode, unit }) => ({ name, mode, unit }))).toEqual(
      [
        'shop-web.post_start.0.env',
        'shop-web.post_start.0.multiline.env',
        'shop-web.pre_stop.0.env',
        'shop-web.pre_stop.0.multiline.env',
      ].map((name) => ({ name, mode: 0o600, unit: 'shop-web.service' })),
    );
    const text = serialiseUnit(unitOf(set, 'shop-web.service'));
    expect(text).not.toContain('hush');
    expect(text).toContain('EnvironmentFile=%Y/shop-web.post_start.0.multiline.env\n');
    expect(text).toContain('EnvironmentFile=%Y/shop-web.pre_stop.0.multiline.env\n');
    expect(text.match(/--env PEM/g)).toHaveLength(2);
  });

  it('are refused where the single environment of the unit would need two values of several lines', () => {
    const other = new Map([['PEM', 'third\nfourth']]);
    const conflict = { environment: secret, preStop: [hook({ environment: other })] };
    expect(codes(web(conflict))).toEqual(['hook-environment-conflict']);
    expect(codes(web({ environment: secret, preStop: [hook({ environment: secret })] }))).toEqual([]);
    // A value of one line does not go by the unit's environment.
    const line = { environment: secret, preStop: [hook({ environment: new Map([['PEM', 'x']]) })] };
    expect(codes(web(line))).toEqual([]);
  });

  it('are checked like those of the service, at their place', () => {
    const wrong = { postStart: [hook(), hook({ environment: new Map([['A B', 'x']]) })] };
    const { diagnostics } = compileProject(web(wrong), target);
    expect(diagnostics.map(({ code, path }) => [code, path])).toEqual([
      ['environment-name', 'services.web.post_start[1].environment.A B'],
    ]);
  });
});

describe('a hook', () => {
  it.each([[[]], [['']]])('names a program: not %j', (command) => {
    expect(codes(web({ preStop: [hook({ command })] }))).toEqual(['hook-command-empty']);
  });

  it('runs in each of several containers', () => {
    const set = compile(web({ scale: 2, postStart: [hook({ environment: new Map([['A', 'b']]) })] }));
    const texts = [1, 2].map((number) => serialiseUnit(unitOf(set, `shop-web@${String(number)}.service`)));
    expect(texts[1]).toContain('shop-web-2 notify');
    expect(texts[1]).toContain('--env-file %Y/shop-web@2.post_start.0.env');
    expect(texts[0]).toContain('shop-web-1 notify');
  });
});
