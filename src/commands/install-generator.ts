/** `install-generator`: the Compose files in /etc/dockunit become units at boot and at daemon-reload. */
import { realpathSync } from 'node:fs';
import { frontScript, isOurFront } from '../generator/front.ts';
import { generatorPaths, sourceDirectory } from '../generator/paths.ts';
import { libraryDirectories, sdBooted } from '../host/systemd/detect.ts';
import { type HookChange, removeHookDirectory, removeHookFiles, writeHookFiles } from '../boot/write-hook.ts';
import { ensureOwnDirectory } from '../host/machine/own-directory.ts';
import { HostError } from '../model/ports.ts';
import { requireTrustedPrograms } from '../host/machine/trusted-programs.ts';
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { buildId, compileAll } from './generator-run.ts';
import { writeReport } from '../run/report.ts';

export interface InstallGeneratorOptions extends GlobalOptions {
  readonly uninstall?: boolean;
}

/**
 * 1 where there are findings about a file there. HostError where systemd does not boot the host;
 * uninstalling works anywhere.
 */
export async function run(context: Context, options: InstallGeneratorOptions): Promise<ExitCode> {
  show(context, options, options.uninstall === true ? uninstall() : install());
  if (options.uninstall === true) return 0;
  // At once, so that the user who can fix the errors sees them. This also lets Node keep V8's compiled
  // code of all modules (bin/dockunit.js), which a generator, to which the disk is read-only, could not
  // do.
  const report = await compileAll(paths, buildId());
  for (const line of report) context.err.write(`${line.replace(/^<\d>/, '')}\n`);
  return report.length === 0 ? 0 : 1;
}

const paths = generatorPaths('', libraryDirectories);

function install(): readonly HookChange[] {
  if (!sdBooted()) {
    throw new HostError(
      'systemd does not boot this host, and generators are its own',
      'Install the units instead: dockunit apply; and have them run: dockunit supervise --install',
    );
  }
  // The programs that run now are those that the generator will run.
  const dockunit = realpathSync(process.argv[1] ?? 'dockunit');
  requireTrustedPrograms(process.execPath, dockunit);
  ensureOwnDirectory(sourceDirectory, 0o755);
  const command = [process.execPath, dockunit, 'generator-run'];
  return writeHookFiles([{ path: paths.front, text: frontScript(paths, command) }], isOurFront);
}

function uninstall(): readonly HookChange[] {
  const removals = removeHookFiles([{ path: paths.front, text: '' }], isOurFront);
  for (const directory of [paths.run, paths.cache]) removeHookDirectory(directory);
  return removals;
}

function show(
  { out, err, recordChange }: Context,
  { json, uninstall: isRemoval = false }: InstallGeneratorOptions,
  changes: readonly HookChange[],
): void {
  const parts = changes.filter(({ change }) => change !== 'unchanged').map(({ what }) => what);
  if (parts.length > 0) recordChange({ kind: 'boot-hook', what: parts });
  if (json === true) {
    const files = changes.map(({ change, what }) => ({ path: what, change }));
    writeReport(out, { sources: sourceDirectory, files });
    return;
  }
  for (const { change, what } of changes) {
    const style =
      change === 'removed' ? out.style.bad : change === 'unchanged' ? out.style.dim : out.style.ok;
    out.write(`${style(change.padEnd('unchanged'.length))}  ${what}\n`);
  }
  if (!isRemoval)
    err.write(`Next: put Compose files there as ${sourceDirectory}/NAME.yaml, then: dockunit reload\n`);
  else if (changes.length === 0) err.write('There is no generator of dockunit.\n');
  else err.write('Running services continue until you stop them. Next: dockunit reload\n');
}
