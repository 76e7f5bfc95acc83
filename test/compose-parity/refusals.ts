/** The files of test/fixtures/config/refusals.yaml, and what dockunit says of each. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { compileInput } from '../../src/session/compile-project.ts';
import { hasErrors } from '../../src/model/diagnostic.ts';
import { writtenContext } from '../run/written-context.ts';
import type { ConfigVerdict } from './config-differences.ts';
import { type Asked, type Printed, dockunitConfig } from './print-config.ts';

export interface Refusal {
  readonly what: string;
  readonly file: string;
  readonly verdict: ConfigVerdict;
  /** Why the two differ. */
  readonly because?: string;
}

const fixture = new URL('../fixtures/config/refusals.yaml', import.meta.url);

export const refusals = parse(readFileSync(fixture, 'utf8')) as readonly Refusal[];

/** Writes the file into a folder of its own. */
export function writeRefusal({ file }: Refusal, directory: string): Asked {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'compose.yaml'), file.startsWith('name:') ? file : `name: shop\n${file}`);
  return { directory, files: ['compose.yaml'] };
}

/** What `config` prints, which does not count where no units can be made of it. */
export async function askDockunit(asked: Asked): Promise<Printed> {
  const printed = await dockunitConfig(asked);
  const { context } = writtenContext({ environment: { HOME: '/root' }, workingDirectory: asked.directory });
  const { diagnostics } = await compileInput(context, { file: asked.files });
  if (!printed.ok || !hasErrors(diagnostics)) return printed;
  return { ok: false, out: '', err: diagnostics.map(({ message }) => message).join('\n') };
}
