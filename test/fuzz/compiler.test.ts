/**
 * Files that begin as real ones and are edited at random: whatever they say, the compiler ends with units that the
 * supervisor loads, or with diagnostics. FUZZ_SECONDS says how long; `npm run test:fuzz` takes half an hour.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileLoaded } from '../../src/session/compile-project.ts';
import { type Diagnostic, hasErrors, mostDiagnostics, severities } from '../../src/model/diagnostic.ts';
import { buildGraph } from '../../src/graph/build.ts';
import { canonicalSpecification } from '../../src/compose/canonical.ts';
import { Findings } from '../../src/compose/findings.ts';
import { loadUnits } from '../../src/supervisor/load/load-units.ts';
import { renderDiagnostics } from '../../src/ui/render-diagnostic.ts';
import { readTemplates } from '../../src/units/templates.ts';
import { loadText, readOther } from '../compose/load-text.ts';
import { sourcesOf, textsOf } from '../supervisor/load/unit-texts.ts';
import { type Edit, editKinds, editText } from './edits.ts';
import { type SeedProject, seedProjects } from './seed-projects.ts';

const seconds = Number(process.env['FUZZ_SECONDS'] ?? 5);
/** Of processor time for one project: far more than any takes. */
const longest = 10_000_000;

const seeds = seedProjects();
const templates = readTemplates();
const target = { scope: 'system', systemd: 257, docker: 26, directory: '/etc/systemd/system' } as const;

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(...editKinds),
  at: fc.nat(),
  with: fc.nat(),
});
const project: fc.Arbitrary<SeedProject> = fc
  .record({
    seed: fc.nat(seeds.length - 1),
    edits: fc.array(edit, { minLength: 1, maxLength: 12 }),
    dotenv: fc.boolean(),
  })
  .map(({ seed, edits, dotenv }) => {
    const { files, others, ...rest } = seeds[seed] ?? { files: {} };
    const edited = Object.entries(files).map(([name, text]) => [name, editText(text, edits)] as const);
    const words = dotenv
      ? {
          dotenv: editText(
            rest.dotenv ?? 'V=a\nW=$V$V\n',
            edits.filter(({ kind }) => kind.endsWith('text')),
          ),
        }
      : rest;
    return { files: Object.fromEntries(edited), ...words, ...(others && { others }) };
  });

function checkDiagnostics(diagnostics: readonly Diagnostic[]): void {
  for (const severity of severities)
    expect(diagnostics.filter((one) => one.severity === severity).length).toBeLessThanOrEqual(
      mostDiagnostics + 1,
    );
  for (const { message, remedy } of diagnostics) {
    expect(message).toMatch(/\S/);
    expect(remedy).toMatch(/\S/);
  }
  renderDiagnostics(diagnostics);
}

function compile({ files, ...surroundings }: SeedProject): void {
  const loaded = loadText(files, { ...surroundings, profiles: ['*'] });
  const { set, diagnostics } = compileLoaded(
    { source: { files: [], directory: '/srv/shop', dotenv: [] }, outcome: loaded },
    target,
    templates,
  );
  checkDiagnostics(diagnostics);
  expect(set === undefined).toBe(hasErrors(diagnostics));
  if (loaded.specification) {
    const findings = new Findings();
    JSON.stringify(canonicalSpecification(loaded.specification, readOther(surroundings.others), findings));
    checkDiagnostics(findings.all);
  }
  if (set === undefined) return;
  buildGraph(set);
  const texts = textsOf(set.units);
  const names = Object.keys(texts);
  const { units, diagnostics: ofUnits } = loadUnits(names, sourcesOf({ files: texts }), new Set(names));
  for (const name of names) expect(units.get(name)?.config.loadState, name).toBe('loaded');
  // What the user's own directives say is systemd's to judge.
  if (!JSON.stringify(files).includes('x-systemd')) expect(ofUnits).toEqual([]);
}

it(
  `no edit of ${String(seeds.length)} files makes the compiler fail, or take long`,
  () => {
    fc.assert(
      fc.property(project, (each) => {
        const before = process.cpuUsage();
        compile(each);
        const { user } = process.cpuUsage(before);
        expect(user, 'microseconds of processor time').toBeLessThan(longest);
      }),
      { numRuns: 10_000_000, interruptAfterTimeLimit: seconds * 1000, markInterruptAsFailure: false },
    );
  },
  (seconds + 120) * 1000,
);
