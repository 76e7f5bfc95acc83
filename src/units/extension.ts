/**
 * `x-systemd:` — the user's own directives, in systemd's own words, laid over a container unit's.
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { Project, UserDirective } from '../spec/project.ts';
import { isKnownTo, versionOf } from './directive-versions.ts';
import { commandKeys, nameListKeys } from './unit-file.ts';
import type { Directive, Section, Target } from './unit-set.ts';

/**
 * What becomes of a directive of the user's beside ours of the same key: `before` and `after` add it
 * to ours, `replace` takes ours away, `refuse` is an error since the unit would no longer run the
 * container the specification describes.
 */
type Laying = 'before' | 'after' | 'replace' | 'refuse';

/** Directives that are not simply replaced. Preparations of the user's come before the container exists. */
const layings: ReadonlyMap<string, Laying> = new Map<string, Laying>([
  ...[...nameListKeys].map((key) => [key, 'after'] as const),
  ...[...commandKeys].map((key) => [key, 'after'] as const),
  ['ExecStartPre', 'before'],
  ['ExecStop', 'before'],
  ['ExecStart', 'refuse'],
  ['Type', 'refuse'],
  ['SuccessExitStatus', 'after'],
  ['RestartPreventExitStatus', 'after'],
  ['RestartForceExitStatus', 'after'],
  ['EnvironmentFile', 'after'],
  ['Environment', 'after'],
  ['RequiresMountsFor', 'after'],
]);

/** The sections with those of the extension laid over them, in the order given for each key; the others follow. */
export function layExtension(
  project: Project,
  sections: readonly Section[],
  extension: Readonly<Record<string, readonly UserDirective[]>>,
  target: Target,
): { readonly sections: readonly Section[]; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const laid = Object.entries(extension).map(([name, written]): Section => {
    const ours = sections.find((section) => section.name === name)?.directives ?? [];
    const theirs = written.filter((directive) => {
      const position = project.where(directive.path);
      if (!isKnownTo(directive.key, target.systemd)) {
        diagnostics.push({
          severity: 'warning',
          code: 'x-systemd-too-new',
          path: directive.path,
          ...(position && { position }),
          message: `${directive.key}= came with systemd ${versionOf(directive.key)}; systemd ${target.systemd} ignores it`,
          remedy: 'Remove it, or write for the newer systemd with --systemd-version',
        });
      }
      if (layingOf(name, directive.key) !== 'refuse') return true;
      diagnostics.push({
        severity: 'error',
        code: 'x-systemd-refused',
        path: directive.path,
        ...(position && { position }),
        message: `${directive.key}= is what makes this unit run the container, so it cannot be replaced`,
        remedy:
          'Use ExecStartPre=, ExecStartPost= or the keys of the specification; or write a drop-in by hand',
      });
      return false;
    });
    return { name, directives: layDirectives(name, ours, theirs) };
  });
  const others = sections.filter(({ name }) => !Object.hasOwn(extension, name));
  return { sections: [...laid, ...others], diagnostics };
}

function layDirectives(
  section: string,
  ours: readonly Directive[],
  theirs: readonly UserDirective[],
): readonly Directive[] {
  let directives = [...ours];
  for (const key of new Set(theirs.map((directive) => directive.key))) {
    const added = theirs
      .filter((directive) => directive.key === key)
      .map((directive): Directive => ({ key, value: { kind: 'verbatim', text: directive.value } }));
    const kept =
      layingOf(section, key) === 'replace' ? [] : directives.filter((directive) => directive.key === key);
    const at = directives.findIndex((directive) => directive.key === key);
    directives = directives.filter((directive) => directive.key !== key);
    const block = layingOf(section, key) === 'before' ? [...added, ...kept] : [...kept, ...added];
    directives.splice(at === -1 ? directives.length : at, 0, ...block);
  }
  return directives;
}

/** In [Install] the user decides when a unit starts, so ours give way. */
function layingOf(section: string, key: string): Laying {
  return section === 'Install' ? 'replace' : (layings.get(key) ?? 'replace');
}
