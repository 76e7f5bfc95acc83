/**
 * `x-systemd:` — the user's own directives, in systemd's own words, merged over a container unit's.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import { groupBy } from '../model/group-by.ts';
import type { Project, UserDirective } from '../compose/project.ts';
import { isKnownTo, versionOf } from './directive-versions.ts';
import { commandKeys, nameListKeys } from './unit-file.ts';
import type { Directive, Section, Target } from './unit-set.ts';
import { userDirectiveRule } from './user-directives.ts';

/**
 * How a directive of the user combines with dockunit's of the same key: `before` and `after` add it to dockunit's,
 * `replace` removes dockunit's.
 */
type Combination = 'before' | 'after' | 'replace';

/** Directives that are not simply replaced. The user's preparation commands run before the container exists. */
const layings: ReadonlyMap<string, Combination> = new Map<string, Combination>([
  ...[...nameListKeys].map((key) => [key, 'after'] as const),
  ...[...commandKeys].map((key) => [key, 'after'] as const),
  ['ExecStartPre', 'before'],
  ['ExecStop', 'before'],
  ['SuccessExitStatus', 'after'],
  ['RestartPreventExitStatus', 'after'],
  ['RestartForceExitStatus', 'after'],
  ['EnvironmentFile', 'after'],
  ['Environment', 'after'],
  ['RequiresMountsFor', 'after'],
]);

type Extension = Readonly<Record<string, readonly UserDirective[]>>;

/** The sections merged with those of the extension, in the given order for each key; the others follow. */
export function layExtension(sections: readonly Section[], extension: Extension): readonly Section[] {
  const result = Object.entries(extension).map(([name, theirs]): Section => {
    const ours = sections.find((section) => section.name === name)?.directives ?? [];
    return { name, directives: layDirectives(name, ours, theirs) };
  });
  const others = sections.filter(({ name }) => !Object.hasOwn(extension, name));
  return [...result, ...others];
}

/** Problems of the directives of an extension, each at its line. */
export function checkExtension(project: Project, extension: Extension, target: Target): Diagnostic[] {
  return Object.entries(extension).flatMap(([section, theirs]) =>
    theirs.flatMap((directive): Diagnostic[] => {
      const finding = findingOf(section, directive, target);
      const position = project.where(directive.path);
      return finding === undefined
        ? []
        : [{ ...finding, path: directive.path, ...(position && { position }) }];
    }),
  );
}

/** The target's systemd ignores the directive, or it keeps the unit from its container, or reaches the client alone. */
function findingOf(
  section: string,
  { key, value }: UserDirective,
  { systemd }: Target,
): Pick<Diagnostic, 'severity' | 'code' | 'message' | 'remedy'> | undefined {
  if (!isKnownTo(key, systemd)) {
    return {
      severity: 'warning',
      code: 'x-systemd-too-new',
      message: `${key}= came with systemd ${versionOf(key)}; systemd ${systemd} ignores it`,
      remedy: 'Remove it, or write for the newer systemd with --systemd-version',
    };
  }
  const rule = section === 'Service' ? userDirectiveRule(key, value) : undefined;
  if (rule === undefined || rule.kind === 'works') return undefined;
  return {
    ...(rule.kind === 'refused'
      ? { severity: 'error', code: 'x-systemd-refused' }
      : { severity: 'warning', code: 'x-systemd-client-only' }),
    message: `${key}= ${rule.why}`,
    remedy: rule.remedy,
  };
}

function layDirectives(
  section: string,
  ours: readonly Directive[],
  theirs: readonly UserDirective[],
): readonly Directive[] {
  const theirGroups = groupBy(
    theirs.map(({ key, value }): Directive => ({ key, value: { kind: 'verbatim', text: value } })),
    ({ key }) => key,
  );
  const ourGroups = groupBy(ours, ({ key }) => key);
  const blockOf = (key: string): readonly Directive[] => {
    const [own, others] = [ourGroups.get(key) ?? [], theirGroups.get(key) ?? []];
    const laying = layingOf(section, key);
    return laying === 'replace' ? others : laying === 'before' ? [...others, ...own] : [...own, ...others];
  };
  // The block goes where dockunit's first directive of the key is, else to the end.
  const before = ours.flatMap((directive) => {
    if (!theirGroups.has(directive.key)) return [directive];
    return ourGroups.get(directive.key)?.[0] === directive ? blockOf(directive.key) : [];
  });
  return [...before, ...[...theirGroups.keys()].filter((key) => !ourGroups.has(key)).flatMap(blockOf)];
}

/** In [Install] the user decides when a unit starts, so dockunit's directives give way. */
function layingOf(section: string, key: string): Combination {
  return section === 'Install' ? 'replace' : (layings.get(key) ?? 'replace');
}
