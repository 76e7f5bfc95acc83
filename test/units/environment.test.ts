import { stringify } from 'yaml';
import { expect, it } from 'vitest';
import { readEnvironment } from '../../src/units/environment.ts';
import { compileText, filesOf } from '../exactness/compile-services.ts';

const unitOf = (environment: object, more: object = {}) => {
  const text = stringify({ services: { web: { image: 'x', environment, ...more } } });
  const compiled = compileText(text);
  const unit = [...filesOf(compiled)].find(([name]) => name.endsWith('web.service'))?.[1].content ?? '';
  return {
    unit,
    found: compiled.diagnostics.map(({ severity, code, path }) => `${severity} ${code} ${path ?? ''}`),
  };
};

it('removes variables of the image, and those of the client that it would pass on', () => {
  const { unit, found } = unitOf(
    { LANG: null, GONE: null, 'X.Y': null, DOCKER_HOST: null, SET: '1' },
    { post_start: [{ command: 'true', environment: ['HOOKS'] }] },
  );
  expect(found).toEqual([]);
  expect(unit.match(/^ +--env .*$/gm)?.map((line) => line.replace(/[ \\]+/g, ' ').trim())).toEqual([
    '--env DOCKER_HOST',
    '--env GONE',
    '--env LANG',
    '--env X.Y',
  ]);
  expect(unit).toMatch(/docker exec .*--env HOOKS /);
  expect(unit).toContain('\nUnsetEnvironment=GONE HOOKS LANG\n');
});

it('keeps a variable that the commands of the unit need, and says so', () => {
  const { unit, found } = unitOf({ PATH: null });
  expect(found).toEqual(['warning environment-not-removed services.web.environment.PATH']);
  expect(unit).not.toMatch(/--env|UnsetEnvironment/);
});

it('refuses two services whose files would have the same name', () => {
  const services = {
    web: { image: 'x', environment: { LINES: 'a\nb' } },
    'web.multiline': { image: 'x', environment: { A: '1' } },
  };
  const { diagnostics } = compileText(stringify({ services }));
  expect(diagnostics.map(({ code, path }) => `${code} ${path ?? ''}`)).toEqual([
    'file-name-collision services.web.multiline',
  ]);
});

it('reads variables back by the first line of the file, whatever its name', () => {
  const services = { 'web.private': { image: 'x', environment: { A: '"1"', LINES: 'a\nb' } } };
  const files = [...filesOf(compileText(stringify({ services })))].filter(([name]) => name.endsWith('.env'));
  const read = files.map(([name, { content }]) => [
    name.replace(/^exact-/, ''),
    [...readEnvironment(content)],
  ]);
  expect(read).toEqual([
    ['web.private.env', [['A', '"1"']]],
    ['web.private.multiline.env', [['LINES', 'a\nb']]],
  ]);
});
