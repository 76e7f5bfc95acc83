import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadProject } from '../../src/compose/load.ts';
import { maxFileSize } from '../../src/compose/parse.ts';
import { loadText, plain } from './load-text.ts';

/** The files of the fixtures whose cases all load: rich in keys. */
const sources = ['process.yaml', 'networking.yaml', 'lifecycle.yaml', 'mounts.yaml'].flatMap((file) => {
  const text = readFileSync(new URL(`../fixtures/spec/${file}`, import.meta.url), 'utf8');
  return parse(text) as readonly {
    readonly files: Record<string, string>;
    readonly others?: Record<string, string>;
  }[];
});

describe('loadProject', () => {
  it('gives the same project in any order of the keys', () => {
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.infiniteStream(fc.nat()), ({ files, others }, numbers) => {
        const shuffled = Object.fromEntries(
          Object.entries(files).map(([name, text]) => [
            name,
            stringify(shuffle(parse(text, { merge: true, schema: 'failsafe' }), numbers)),
          ]),
        );
        const tree = (text: string) => stringify(parse(text, { schema: 'failsafe' }));
        const ordered = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, tree(text)]));
        const options = { ...(others && { others }), environment: { HOME: '/root' } };
        const [one, other] = [loadText(shuffled, options), loadText(ordered, options)];
        expect(JSON.stringify(plain(one.value))).toBe(JSON.stringify(plain(other.value)));
        expect(one.diagnostics.map(({ code }) => code).sort()).toEqual(
          other.diagnostics.map(({ code }) => code).sort(),
        );
      }),
    );
  });

  it('never throws, whatever the text, and reports every refusal', () => {
    const pieces = fc.constantFrom(
      'services:',
      'a:',
      '\n  ',
      '\n    ',
      ' image: x',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ': ',
      '"',
      "'",
      '&a ',
      '*a',
      '<<: ',
      '!reset ',
      '|\n',
      '# ',
      '---\n',
      '\t',
      '$',
      '${A',
      '1',
      '~',
      ',',
      'ports: ',
      'x-systemd: ',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const outcome = loadText({ 'compose.yaml': parts.join('') });
        if (!outcome.value) expect(outcome.diagnostics.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('never throws, whatever value a service key has', () => {
    const keys = [
      'command',
      'depends_on',
      'devices',
      'env_file',
      'environment',
      'extra_hosts',
      'healthcheck',
      'image',
      'init',
      'labels',
      'links',
      'logging',
      'networks',
      'ports',
      'restart',
      'shm_size',
      'stop_grace_period',
      'tmpfs',
      'ulimits',
      'volumes',
      'x-systemd',
    ];
    const values = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), values), (service) => {
        const outcome = loadText({ 'compose.yaml': JSON.stringify({ services: { a: service } }) });
        for (const { position, remedy } of outcome.diagnostics)
          expect([position?.line, remedy !== '']).toEqual([1, true]);
      }),
    );
  });

  it('knows the position of each path, including keys with dots and brackets', () => {
    const { value } = loadText({
      'compose.yaml':
        'services:\n  a.b:\n    image: x\n    ports:\n      - 1\n      - 2\n  a:\n    image: y\n    labels: { "k[0].x": v }\n',
    });
    const at = (path: string) => [value?.where(path)?.line, value?.where(path)?.column];
    expect(at('services.a.b')).toEqual([2, 3]);
    expect(at('services.a.b.image')).toEqual([3, 12]);
    expect(at('services.a.b.ports[1]')).toEqual([6, 9]);
    expect(at('services.a.b.ports[7]')).toEqual([4, 5]);
    expect(at('services.a.labels.k[0].x')).toEqual([9, 25]);
    expect(at('services.a.user')).toEqual([7, 3]);
    expect(at('networks.default')).toEqual([1, 1]);
  });

  it('refuses a file that is too large before reading it', () => {
    const start = performance.now();
    const outcome = loadText({ 'compose.yaml': `services: {}\n${'#'.repeat(10 * 1024 * 1024)}` });
    expect(outcome.diagnostics).toMatchObject([
      { severity: 'error', code: 'file-too-large', position: { line: 1, column: 1 } },
    ]);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it.each([
    ['brackets', '['],
    ['braces', '{a: '],
    ['dashes', '- '],
    ['questions', '? '],
    ['keys', 'a: '],
    ['anchors', '&a '],
    ['anchored brackets', '&a [!b {'],
    ['pairs', '[a: '],
    ['entries', '\na:'],
    ['documents', '\n---'],
    ['commas', '\n- a'],
  ])('refuses endless %s at once', (_, piece) => {
    const text = `a: ${piece.repeat(maxFileSize / piece.length - 10)}`;
    const start = performance.now();
    expect(loadText({ 'compose.yaml': text }).diagnostics[0]?.severity).toBe('error');
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it.each([
    ['missing', 'does not exist'],
    ['directory', 'is a directory'],
    ['unreadable', 'cannot be read'],
    ['too-large', 'is too large'],
  ] as const)('reports that an env_file is %s', (reason, said) => {
    const { diagnostics } = loadProject({
      files: [{ path: '/p/compose.yaml', text: 'services: { a: { image: x, env_file: e } }' }],
      directory: '/p',
      dotenv: [],
      environment: new Map(),
      readFile: () => ({ ok: false, reason }),
    });
    expect(diagnostics).toMatchObject([
      { code: 'env-file', path: 'services.a.env_file', message: expect.stringContaining(said) as string },
    ]);
  });
});

function shuffle(value: unknown, numbers: { next(): { readonly value: number } }): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffle(item, numbers));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => ({
    key,
    item: shuffle(item, numbers),
    rank: numbers.next().value,
  }));
  entries.sort((left, right) => left.rank - right.rank);
  return Object.fromEntries(entries.map(({ key, item }) => [key, item]));
}
