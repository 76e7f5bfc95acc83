/** The units made of every Compose file of the corpus load without a word, on the supervisor too. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { loadProject } from '../../src/compose/load.ts';
import type { FileText } from '../../src/compose/loading.ts';
import { loadUnits } from '../../src/supervisor/load/load-units.ts';
import { compileProject } from '../../src/units/compile.ts';
import { sourcesOf, textsOf } from '../supervisor/load/unit-texts.ts';
import { corpusFiles, describeCorpus } from './corpus-tier.ts';

const target = { scope: 'system', systemd: 257, docker: 26, directory: '/etc/systemd/system' } as const;

describeCorpus('the units of the corpus', () => {
  it('load without diagnostics, every container known', () => {
    let loaded = 0;
    for (const path of corpusFiles()) {
      const files = unitTexts(path);
      const names = Object.keys(files);
      const { units, diagnostics } = loadUnits(names, sourcesOf({ files }), new Set(names));
      expect(diagnostics, path).toEqual([]);
      for (const name of names) {
        const unit = units.get(name);
        expect(unit?.config.loadState, `${path} ${name}`).toBe('loaded');
        const isContainer = unit?.dockunit.get('Kind') === 'container';
        expect(unit?.execution?.container, `${path} ${name}`).toBe(
          isContainer ? unit.dockunit.get('Container') : undefined,
        );
        loaded += 1;
      }
    }
    expect(loaded).toBeGreaterThan(2000);
  });
});

/** {} where the file does not compile. */
function unitTexts(path: string): Readonly<Record<string, string>> {
  const directory = dirname(path);
  const { value } = loadProject({
    files: [{ path, text: readFileSync(path, 'utf8') }],
    directory,
    dotenv: [],
    environment: new Map([['HOME', '/root']]),
    profiles: ['*'],
    readFile,
  });
  const set = value && compileProject(value, target).value;
  return textsOf(set?.units ?? []);
}

function readFile(path: string): FileText {
  if (!existsSync(path)) return { ok: false, reason: 'missing' };
  return statSync(path).isFile()
    ? { ok: true, text: readFileSync(path, 'utf8') }
    : { ok: false, reason: 'directory' };
}
