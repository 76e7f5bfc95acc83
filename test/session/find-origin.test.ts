/** A file that was installed under another name, or by another file; the cases are in test/fixtures/origin/. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { diagnoseOrigin } from '../../src/session/find-origin.ts';
import { parseUnit } from '../../src/units/unit-file.ts';
import { compileSpec, install } from '../rollout/installed.ts';

interface Case {
  readonly case: string;
  /** Compiled from /srv/shop/compose.yaml. */
  readonly wanted: object;
  /** Compose files, by where they were. */
  readonly installed: readonly { readonly from: string; readonly file: object }[];
  /** Paths of files that are gone. */
  readonly gone?: readonly string[];
  readonly named?: boolean;
  /** `severity message → remedy`. */
  readonly finds: readonly string[];
}

const fixture = new URL('../fixtures/origin/cases.yaml', import.meta.url);
const cases = parse(readFileSync(fixture, 'utf8')) as readonly Case[];

describe('the file of an installed project', () => {
  it.each(cases.map((one) => [one.case, one] as const))('%s', (_name, one) => {
    const installed = one.installed.flatMap(({ from, file }) =>
      install(compileSpec(file)).units.flatMap(
        ({ unit: { name }, text }) => parseUnit(name, text.replace(/^Source=.*$/m, `Source=${from}`)) ?? [],
      ),
    );
    const found = diagnoseOrigin({
      set: compileSpec(one.wanted),
      installedUnits: installed,
      isSame: (a, b) => a === b,
      exists: (path) => one.gone?.includes(path) !== true,
      isExplicit: one.named === true,
      position: undefined,
    });
    expect(found.map(({ severity, message, remedy }) => `${severity} ${message} → ${remedy}`)).toEqual(
      one.finds,
    );
  });
});
