/**
 * Every part of every key with a text that plants lines in a unit and holds what YAML 1.1 or systemd takes for more than
 * a character: no line of a unit comes of it, and nothing that is no text reaches one.
 */
import { expect, it } from 'vitest';
import { loadProject } from '../../src/compose/load.ts';
import { compileProject } from '../../src/units/compile.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import { replaced } from '../compose-parity/emptied.ts';

const planted = 'a\u0001\u007f\u0085\u009f\u2028\r\nExecStartPre=/bin/planted\n[Install]\n';
const target = { scope: 'system', systemd: 257, docker: 28, directory: '/etc/systemd/system' } as const;
const escaped = JSON.stringify(planted).replaceAll('\u007f', '\\u007f').replaceAll('\u0085', '\\u0085');

/** By an escape in the file, by a variable, and with a byte that is no text. */
const texts = [
  escaped.replaceAll('\u009f', '\\u009f').replaceAll('\u2028', '\\u2028'),
  '"${PLANTED}"',
  '"${BYTE}"',
];
const environment = new Map([
  ['HOME', '/root'],
  ['PLANTED', planted],
  ['BYTE', '/x\udcff'],
]);

it('no value of any key becomes a line of a unit', { timeout: 120_000 }, () => {
  let units = 0;
  const cases = replaced({
    scalar: texts,
    list: texts.map((text) => `[${text}]`),
    map: texts.map((text) => `{ ${text}: ${text} }`),
  });
  const found = cases.flatMap(({ what, file }) => {
    const loaded = loadProject({
      files: [{ path: '/srv/shop/compose.yaml', text: file }],
      directory: '/srv/shop',
      dotenv: [],
      environment,
      readFile: () => ({ ok: true, text: '' }),
    });
    const set = loaded.value && compileProject(loaded.value, target).value;
    const written = (set?.units ?? []).map(serialiseUnit);
    units += written.length;
    return written.filter(holdsPlanted).map((text) => `${what}\n${text}`);
  });
  expect(found).toEqual([]);
  expect(units).toBeGreaterThan(1_000);
});

function holdsPlanted(text: string): boolean {
  return (
    /^(?:ExecStartPre=\/bin\/planted|\[Install\]\n\n)/m.test(text) ||
    // eslint-disable-next-line no-control-regex -- these are what is meant
    /[\0-\x08\x0b-\x1f\x7f]/.test(text) ||
    !text.isWellFormed()
  );
}
