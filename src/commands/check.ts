/**
 * `check`: all findings about the specification and its units, then those of systemd-analyze verify.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Scope } from '../model/ports.ts';
import { unitSearchPath } from '../host/units/unit-directories.ts';
import type { UnitSet } from '../units/unit-set.ts';
import { summarise } from '../ui/render-diagnostic.ts';
import { type Compilation, compileOverInstalled, printDiagnostics } from '../session/compile-project.ts';
import { findContainersIfTold, runnerOf, startingWith } from '../session/container-conflicts.ts';
import { type Context, type ExitCode, type GlobalOptions, scopeOf } from '../run/context.ts';
import { readInstalled } from '../session/installed-units.ts';
import { findOrigin } from '../session/origin.ts';
import { writeReport } from '../run/report.ts';

/** Exit 0 without findings (notes do not count), 1 with warnings, 2 where the specification is wrong. */
export async function run(context: Context, options: GlobalOptions): Promise<ExitCode> {
  const compilation = await compileOverInstalled(context, options);
  const findings =
    compilation.set === undefined
      ? []
      : [
          ...(await verify(compilation.set, compilation.target.scope)),
          ...(await lookAtHost(compilation, compilation.set, context, options)),
        ];
  const diagnostics: readonly Diagnostic[] = [...compilation.diagnostics, ...findings];
  if (options.json === true) writeReport(context.out, { diagnostics });
  else {
    printDiagnostics(context, { source: compilation.source, diagnostics });
    if (diagnostics.length === 0) context.out.write(`${summarise([], context.out.style)}\n`);
  }
  if (compilation.set === undefined) return 2;
  return diagnostics.some(({ severity }) => severity !== 'note') ? 1 : 0;
}

/**
 * Conflicts of the services with this host: containers of other software, the file installed under
 * another name, images without a shell.
 */
async function lookAtHost(
  compilation: Compilation,
  set: UnitSet,
  context: Context,
  options: GlobalOptions,
): Promise<readonly Diagnostic[]> {
  const searchPath = unitSearchPath(scopeOf(options), context.environment);
  const runner = runnerOf(options);
  const { findMissingShells } = await import('../doctor/missing-shells.ts');
  return [
    ...findOrigin(compilation, set, readInstalled(searchPath), context, options),
    ...(await findContainersIfTold(startingWith(set, searchPath), runner, context)),
    ...(await findMissingShells(set, runner, context)),
  ];
}

/** Loaded here: the programs it runs cost start-up time that a broken file need not pay. */
async function verify(set: UnitSet, scope: Scope): Promise<readonly Diagnostic[]> {
  const { verifyUnits } = await import('../host/systemd/verify-units.ts');
  return verifyUnits(set, scope);
}
