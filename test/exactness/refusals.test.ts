import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { awkwardText } from './awkward-text.ts';
import { compileText, composeText } from './compile-services.ts';

/**
 * What no container can be given: each kind, by the code it is refused with, as keys of a service.
 * A kind that is written otherwise than refused would be a container that is not what was asked.
 */
const text = awkwardText();
const around = (middle: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, middle, text).map((parts) => parts.join(''));
const nul = around(fc.constant('\0'));
const lone = around(fc.constantFrom('\ud800', '\udfff'));
const lines = around(fc.constant('\n'));
const long = text.map((value) => value + 'x'.repeat(131_072));
const variable = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<object> =>
  fc.tuple(name, value).map((pair) => ({ environment: Object.fromEntries([pair]) as unknown }));

const kinds: readonly {
  readonly what: string;
  readonly code: string;
  readonly keys: fc.Arbitrary<object>;
}[] = [
  { what: 'NUL in an argument', code: 'argument-nul', keys: nul.map((word) => ({ command: [word] })) },
  { what: 'NUL in a label', code: 'argument-nul', keys: nul.map((value) => ({ labels: { a: value } })) },
  { what: 'NUL in a path', code: 'argument-nul', keys: nul.map((path) => ({ working_dir: `/${path}` })) },
  {
    what: 'a byte that is no text in an argument',
    code: 'argument-not-unicode',
    keys: lone.map((word) => ({ command: ['a', word] })),
  },
  {
    what: 'a noncharacter in an argument',
    code: 'argument-noncharacter',
    keys: around(fc.constantFrom('\uffff', '\ufdd0', '\u{1fffe}')).map((word) => ({ command: ['a', word] })),
  },
  {
    what: 'an argument too long',
    code: 'argument-too-long',
    keys: long.map((word) => ({ command: [word] })),
  },
  {
    what: 'a line too long',
    code: 'line-too-long',
    keys: fc.constant({ command: Array<string>(9).fill('y'.repeat(120_000)) }),
  },
  { what: 'NUL in a variable', code: 'environment-nul', keys: variable(fc.constant('A'), nul) },
  {
    what: 'a byte that is no text in a variable',
    code: 'environment-not-unicode',
    keys: variable(fc.constant('A'), lone),
  },
  {
    what: 'a variable whose name docker would read otherwise',
    code: 'environment-name',
    keys: variable(fc.constantFrom('#a', 'a b', ' a', 'a\tb', 'a\nb', '\u00a0a'), text),
  },
  {
    what: 'a variable too long',
    code: 'environment-too-long',
    keys: variable(fc.constant('A'), long),
  },
  {
    what: 'lines under a name that systemd or the client would not pass',
    code: 'environment-multiline-name',
    keys: variable(
      fc.constantFrom('a.b', 'a-b', '1a', 'é', 'PATH', 'DOCKER_HOST', 'LD_PRELOAD', 'https_proxy'),
      lines,
    ),
  },
  {
    what: 'lines with a noncharacter, at which systemd drops the variable',
    code: 'environment-multiline-noncharacter',
    keys: variable(
      fc.constant('A'),
      fc.tuple(lines, fc.constantFrom('\uffff', '\ufdd0', '\u{1fffe}')).map((parts) => parts.join('')),
    ),
  },
  {
    what: 'an image that docker would take for an option, or is none',
    code: 'image-invalid',
    keys: fc.constantFrom('--privileged', '', 'a b', '-x', 'a\nb').map((image) => ({ image })),
  },
  {
    what: 'a name that docker would end at a separator',
    code: 'name-unfit',
    keys: fc.constantFrom(
      { labels: { 'a=b': 'c' } },
      { labels: { 'a b': 'c' } },
      { logging: { options: { 'a=b': 'c' } } },
      { extra_hosts: { 'a:b': '1.2.3.4' } },
    ),
  },
  {
    what: 'a relabelling that --mount cannot ask for',
    code: 'mount-selinux',
    keys: fc
      .constantFrom({ selinux: 'z', create_host_path: false }, { selinux: 'Z', create_host_path: false })
      .map((bind) => ({ volumes: [{ type: 'bind', source: '/a', target: '/b', bind }] })),
  },
  {
    what: 'an entrypoint that would only clear the image’s',
    code: 'entrypoint-empty',
    keys: fc.constant({ entrypoint: ['', 'x'] }),
  },
  {
    what: 'an entrypoint and a command that leave nothing to run',
    code: 'entrypoint-empty',
    keys: fc.record({
      entrypoint: fc.constantFrom([], '', ['']),
      command: fc.constantFrom(undefined, null, [], ''),
    }),
  },
  {
    what: 'a health test without a program',
    code: 'health-test-empty',
    keys: fc.constantFrom(['CMD', ''], ['CMD', '', 'x']).map((test) => ({ healthcheck: { test } })),
  },
  {
    what: 'a container name docker refuses',
    code: 'container-name-invalid',
    keys: fc.constantFrom('a', '-a', 'a b', 'é', 'a/b').map((name) => ({ container_name: name })),
  },
];

/** What a byte that is no text becomes; a Compose file with one is not read, so it comes by a variable. */
const halves = new Map([
  ['HIGH', '\ud800'],
  ['LOW', '\udfff'],
]);

function compileWithHalves(services: Readonly<Record<string, unknown>>): ReturnType<typeof compileText> {
  const text = composeText(services).replaceAll('\\ud800', '${HIGH}').replaceAll('\\udfff', '${LOW}');
  return compileText(text, undefined, undefined, halves);
}

describe('what no container can be given is refused', () => {
  it.each(kinds)('$what', ({ code, keys }) => {
    fc.assert(
      fc.property(keys, (written) => {
        const { set, diagnostics } = compileWithHalves({ web: { image: 'busybox', ...written } });
        expect(set).toBeUndefined();
        const found = diagnostics.find((diagnostic) => diagnostic.code === code);
        expect(found).toMatchObject({ severity: 'error' });
        expect(found?.position?.file).toBe('/srv/exact/compose.yaml');
        expect(found?.remedy).toMatch(/^[A-Z]/);
      }),
      { numRuns: 10 },
    );
  });
});
