/**
 * `check`: every finding of the specification and its units, then those of systemd-analyze verify.
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { Scope } from '../host/ports.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { summarise } from '../ui/render-diagnostic.ts';
import { compileInput, printDiagnostics } from './compile-input.ts';
import type { Context, ExitCode, GlobalOptions } from './context.ts';

/** Exit 0 without findings (notes are none), 1 with warnings, 2 where the specification is wrong. */
export async function run(context: Context, options: GlobalOptions): Promise<ExitCode> {
  const compiled = await compileInput(context, options);
  const verified = compiled.set === undefined ? [] : await verify(compiled.set, compiled.target.scope);
  const diagnostics: readonly Diagnostic[] = [...compiled.diagnostics, ...verified];
  if (options.json === true) context.out.write(`${JSON.stringify({ diagnostics }, null, 2)}\n`);
  else {
    printDiagnostics(context, { source: compiled.source, diagnostics });
    if (diagnostics.length === 0) context.out.write(`${summarise([], context.out.style)}\n`);
  }
  if (compiled.set === undefined) return 2;
  return diagnostics.some(({ severity }) => severity !== 'note') ? 1 : 0;
}

/** Loaded here: the programs it runs cost start-up time that a broken file need not pay. */
async function verify(set: UnitSet, scope: Scope): Promise<readonly Diagnostic[]> {
  const { verifyUnits } = await import('../host/verify-units.ts');
  return verifyUnits(set, scope);
}
