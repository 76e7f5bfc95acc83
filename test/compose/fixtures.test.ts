/**
 * The fixtures of the spec: each case holds Compose files, what stands around them, the part of the
 * Project expected, and every diagnostic expected, in order, as
 * `severity code file:line:column path`; without `diagnostics` none is.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { loadText, plain } from './load-text.ts';

interface Case {
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  readonly dotenv?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly projectName?: string;
  readonly profiles?: readonly string[];
  readonly named?: readonly string[];
  readonly installed?: readonly string[];
  /** Files that the specification may name. */
  readonly others?: Readonly<Record<string, string>>;
  readonly project?: Readonly<Record<string, unknown>>;
  readonly diagnostics?: readonly string[];
  /** Texts that the messages and remedies must hold. */
  readonly says?: readonly string[];
}

const folder = new URL('../fixtures/spec/', import.meta.url);

for (const file of readdirSync(folder).sort()) {
  describe(file, () => {
    const cases = parse(readFileSync(new URL(file, folder), 'utf8')) as readonly Case[];
    for (const one of cases) {
      it(one.what, () => {
        const outcome = loadText(one.files, one);
        const found = outcome.diagnostics.map(line);
        expect(found).toEqual(one.diagnostics ?? []);
        for (const text of one.says ?? [])
          expect(
            outcome.diagnostics.map(({ message, remedy }) => `${message}. ${remedy}.`).join('\n'),
          ).toContain(text);
        for (const { message, remedy } of outcome.diagnostics) {
          expect(message).toMatch(/[^.\s]$/);
          expect(remedy).toMatch(/^[A-Z].*[^.\s]$/);
        }
        expect(outcome.value === undefined).toBe(found.some((text) => text.startsWith('error')));
        if (one.project) expect(plain(outcome.value)).toMatchObject(one.project);
      });
    }
  });
}

function line({ severity, code, position, path }: Diagnostic): string {
  const at =
    position &&
    `${position.file.replace('/srv/shop/', '')}:${String(position.line)}:${String(position.column)}`;
  return [severity, code, at, path].filter((part) => part !== undefined).join(' ');
}
