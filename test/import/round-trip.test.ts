/**
 * Any `docker run` line → Compose file → units: what the unit asks docker for is what the line asks
 * for, both read by a reader of docker's own documentation (test/exactness/read-create.ts).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importRuns } from '../../src/import/import-runs.ts';
import { readShellLines } from '../../src/import/shell-line.ts';
import { writeComposeFile } from '../../src/import/write-compose-file.ts';
import { makingCommands } from '../compose-parity/unit-commands.ts';
import { awkwardText } from '../exactness/awkward-text.ts';
import { compileText } from '../exactness/compile-services.ts';
import type { Container } from '../exactness/container.ts';
import { readCreate } from '../exactness/read-create.ts';

const directory = '/etc/systemd/system';
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
const path = word.map((part) => `/${part}`);
const port = fc.integer({ min: 1, max: 65_535 });

interface Option {
  readonly written: readonly string[];
  /** As the reader takes it. */
  readonly plain: readonly string[];
}

/** An option with its value in one of the ways that docker reads. */
const option = (
  name: string,
  letter: string | undefined,
  value: fc.Arbitrary<string>,
): fc.Arbitrary<Option> =>
  fc.tuple(value, fc.nat(letter === undefined ? 1 : 4)).map(([text, way]) => {
    const plain = [`--${name}`, text];
    const ways = [
      [`--${name}=${text}`],
      plain,
      [`-${letter}`, text],
      [`-${letter}=${text}`],
      [`-${letter}${text}`],
    ];
    return { written: (text === '' ? undefined : ways[way]) ?? plain, plain };
  });
const plainly = (word: string): fc.Arbitrary<Option> => fc.constant({ written: [word], plain: [word] });
const pair = fc.tuple(name, awkwardText()).map(([key, value]) => `${key}=${value}`);
const text = awkwardText().filter((one) => one !== '');

const anyOption = fc.oneof(
  { weight: 3, arbitrary: option('env', 'e', pair) },
  { weight: 3, arbitrary: option('label', 'l', pair) },
  option('hostname', 'h', word),
  option('user', 'u', fc.constantFrom('0', '1000:1000', 'app')),
  option('workdir', 'w', path),
  option('stop-timeout', undefined, fc.integer({ min: 0, max: 999 }).map(String)),
  option('cap-add', undefined, fc.constantFrom('NET_ADMIN', 'SYS_TIME')),
  option('dns', undefined, fc.constantFrom('9.9.9.9', '2620:fe::fe')),
  option('tmpfs', undefined, path),
  option('log-driver', undefined, fc.constantFrom('json-file', 'local')),
  option('health-cmd', undefined, text),
  option('health-interval', undefined, fc.constantFrom('30s', '1m30s', '500ms')),
  option('entrypoint', undefined, path),
  option(
    'publish',
    'p',
    fc.oneof(
      fc.tuple(port, port).map(([host, inside]) => `${String(host)}:${String(inside)}`),
      port.map((inside) => `127.0.0.1::${String(inside)}/udp`),
    ),
  ),
  plainly('--init'),
  plainly('--read-only'),
  plainly('--privileged=false'),
  option('ulimit', undefined, fc.constantFrom('nofile=10:20', 'core=-1')),
);

/** Mounts at targets of their own, since docker refuses two at one. */
const mounts = fc
  .uniqueArray(path, { maxLength: 4 })
  .chain((targets) =>
    fc.tuple(
      ...targets.map((target) =>
        fc.constantFrom(
          ['--volume', `/srv${target}:${target}:ro`],
          ['--volume', `data:${target}`],
          ['--mount', `type=bind,source=/srv,target=${target}`],
          ['--mount', `type=tmpfs,target=${target},tmpfs-size=1024`],
        ),
      ),
    ),
  )
  .map((each) => each.flat());

const line = fc.record({
  options: fc.array(anyOption, { maxLength: 12 }),
  mounts,
  command: fc.array(awkwardText(), { maxLength: 4 }),
});

describe('the docker options of a unit', () => {
  it('are those of the imported line', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(line, ({ options, mounts: mounted, command }) => {
        const wordsOf = (form: keyof Option): readonly string[] => [
          ...['docker', 'create', '--name', 'web', ...options.flatMap((one) => one[form])],
          ...[...mounted, 'app:1', ...command],
        ];
        const wanted = readCreate(withNetwork(wordsOf('plain')), { environment: {}, readFile: unreadable });
        const pasted = wordsOf('written').map(quote).join(' ');
        const { commands } = readShellLines(pasted);
        const { file, diagnostics } = importRuns({
          runs: commands.map((each) => ({ words: each })),
          workingDirectory: '/srv',
          readFile: () => undefined,
        });
        if (file === undefined) throw new Error(JSON.stringify(diagnostics));
        const text = writeComposeFile(file);
        expect(comparable(containerOf(text))).toEqual(comparable(wanted));
      }),
      {
        numRuns: 500,
        // Written as a plain text of two lines, between brackets, it would read as an item without its bracket.
        // And to Compose's reader a question mark between brackets begins a key.
        examples: [
          [{ options: [], mounts: [], command: ['-\n"'] }],
          [{ options: [], mounts: [], command: ['--?', ':a'] }],
        ],
      },
    );
  });
});

/** The reader wants to be told the network, which a line may leave to docker. */
function withNetwork(words: readonly string[]): readonly string[] {
  return [...words.slice(0, 2), '--network', 'default', ...words.slice(2)];
}

function containerOf(text: string): Container {
  const { set, diagnostics } = compileText(text);
  if (set === undefined) throw new Error(`${JSON.stringify(diagnostics, null, 2)}\n${text}`);
  const creation = makingCommands(set, directory).find(
    ({ argv }) => argv.includes('create') && argv.includes('--pull'),
  );
  const argv = creation?.argv ?? [];
  return readCreate(withNetwork(argv.slice(argv.indexOf('docker'))), {
    environment: Object.fromEntries(creation?.environment ?? []),
    readFile: (asked) =>
      set.files.find((file) => asked === `${directory}/${file.name}`)?.content ?? unreadable(),
  });
}

function unreadable(): never {
  throw new Error('docker would read a file');
}

/** What docker reads alike, and the labels by which dockunit knows its own. */
function comparable(container: Container): Container {
  const labels = Object.entries(container.labels).filter(([key]) => !key.startsWith('dockunit.'));
  const distinct = (items: readonly string[]): readonly string[] => [...new Set(items)];
  const ports = new Map(container.ports.map((port) => [JSON.stringify(port), port]));
  return {
    ...container,
    labels: Object.fromEntries(labels),
    capAdd: distinct(container.capAdd),
    dns: distinct(container.dns),
    ports: [...ports.values()],
  };
}

/** POSIX shell quoting. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
