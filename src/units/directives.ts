/**
 * Short constructors of directives, and what units of one scope have in common.
 */
import { quotePath, writtenPart } from './quoting.ts';
import type { Argument, Command, Directive, DockunitField, Section, Target, Value } from './unit-set.ts';
import { dockunitFields } from './unit-set.ts';

const directive = (key: string, value: Value): Directive => ({ key, value });

export const text = (key: string, value: string): Directive => directive(key, { kind: 'text', text: value });
export const word = (key: string, value: string | number): Directive =>
  directive(key, { kind: 'word', word: String(value) });
export const exec = (key: string, command: Command): Directive => directive(key, { kind: 'exec', command });

/** Returns no directive where there are no names: an empty assignment would reset the list. */
export function names(key: string, units: readonly string[]): Directive[] {
  const unique = [...new Set(units)];
  return unique.length === 0 ? [] : [directive(key, { kind: 'names', names: unique })];
}

/** RequiresMountsFor=, systemd.unit(5); leaves paths that cannot be quoted to Docker's own check. */
export function mountsFor(values: readonly string[]): Directive[] {
  const unique = [...new Set(values)].filter((path) => quotePath(path) !== undefined).sort();
  return unique.length === 0 ? [] : [directive('RequiresMountsFor', { kind: 'paths', paths: unique })];
}

/** EnvironmentFile=, systemd.exec(5): a path with specifiers. */
export function environmentFile(path: Argument): Directive {
  const parts = (typeof path === 'string' ? [path] : path).map((part) =>
    typeof part === 'string' ? part.replaceAll('%', '%%') : writtenPart(part),
  );
  return word('EnvironmentFile', parts.join(''));
}

/** A docker command line; only literal arguments and specifiers. */
export function docker(
  argv: readonly Argument[],
  options: { readonly ignoreFailure?: boolean } = {},
): Command {
  return { ignoreFailure: options.ignoreFailure ?? false, argv: ['docker', ...argv] };
}

/** The section that systemd ignores and by which dockunit recognises its units; absent fields are left out. */
export function dockunitSection(fields: Partial<Record<DockunitField, string>>): Section {
  return {
    name: 'X-Dockunit',
    directives: dockunitFields.flatMap((key) => {
      const value = fields[key];
      return value === undefined ? [] : [directive(key, { kind: 'data', text: value })];
    }),
  };
}

/**
 * Dependency on Docker. A user manager has a docker.service only with rootless Docker, so there the unit only wants it:
 * a missing unit does not fail the job.
 */
export function dockerDependency(target: Target): { requires: string[]; wants: string[]; after: string[] } {
  const after = ['docker.service', 'docker.socket'];
  return target.scope === 'system'
    ? { requires: ['docker.service'], wants: [], after }
    : { requires: [], wants: ['docker.service'], after };
}

/** The targets that units wanting the network want and are ordered after; a user manager knows no such target. */
export function networkOnline(target: Target): string[] {
  return target.scope === 'system' ? ['network-online.target'] : [];
}

/**
 * docker.service as well as the boot target: `systemctl stop docker` stops the units that require it, and only this
 * brings them back with `systemctl start docker`.
 */
export function installedBy(target: Target): string[] {
  return target.scope === 'system' ? ['multi-user.target', 'docker.service'] : ['default.target'];
}
