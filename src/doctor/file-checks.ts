/** Checks of unit files and drop-ins on the disk. Pure. */
import { groupBy } from '../model/group-by.ts';
import { configHash } from '../units/config-hash.ts';
import { versionOf } from '../units/directive-versions.ts';
import { commandKeys, parseSections, parseUnit, serialiseValue } from '../units/unit-file.ts';
import { dockunitField } from '../units/unit-set.ts';
import type { InstalledUnit } from '../session/installed-units.ts';
import type { Check, CheckName, CheckFinding } from './check.ts';
import type { UnitFileFacts } from './facts.ts';
import { isUnknown } from './facts.ts';

/** systemd.unit(5), UNIT FILE LOAD PATH: of several files with one name systemd reads only the first. */
const checkShadowed: Check = ({ units: { files } }) =>
  [...files].flatMap(([name, [first, ...others]]): readonly CheckFinding[] => {
    if (first === undefined) return [];
    // masked-units reports a mask, with the way to remove it.
    if (first.text === '') return [];
    const isFirstOurs = isOurs(name, first);
    return others
      .filter((file) => file.text !== '' && (!isFirstOurs || file.text !== first.text))
      .flatMap((file) => {
        const ours = isOurs(name, file);
        if (!isFirstOurs && !ours) return [];
        return [shadowing(name, first.path, file.path, isFirstOurs ? (ours ? 'both' : 'first') : 'hidden')];
      });
  });

function shadowing(
  name: string,
  first: string,
  path: string,
  ours: 'first' | 'hidden' | 'both',
): CheckFinding {
  const finding = {
    first: {
      severity: 'warning',
      message: `dockunit’s ${first} hides ${path}, which someone else installed`,
      remedy: 'Rename the service, or give the project a name with `name:` at the top of the Compose file',
    },
    hidden: {
      severity: 'error',
      message: `${first}, which dockunit did not write, hides dockunit’s ${path}`,
      remedy: `Rename the service in the Compose file, or remove the other: rm ${first}`,
    },
    both: {
      severity: 'warning',
      message: `${first} hides another version of the same unit, ${path}`,
      remedy: `Remove the one that is not wanted: rm ${path}`,
    },
  } as const;
  return { about: name, ...finding[ours] };
}

function isOurs(name: string, { text }: UnitFileFacts): boolean {
  return parseUnit(name, text) !== undefined;
}

const checkEdited: Check = ({ units: { installedUnits, files } }) =>
  installedUnits.flatMap((installedUnit): readonly CheckFinding[] => {
    const { name, path, unit } = installedUnit;
    const text = files.get(name)?.find((file) => file.path === path)?.text;
    const hash = dockunitField(unit, 'ConfigHash');
    if (text === undefined || hash === undefined || configHash(text) === hash) return [];
    return [
      {
        severity: 'warning',
        about: name,
        message: `${path} was edited by hand, and the next dockunit generate writes over it`,
        remedy: `Move the change to a drop-in (systemctl edit ${name}) or to \`x-systemd:\` in the Compose file, then run dockunit apply again`,
      },
    ];
  });

/** %Y of systemd.unit(5), SPECIFIERS, not doubled; units for an older systemd have a path in its place. */
const unitDirectorySpecifier = { pattern: /(?:^|[^%])(?:%%)*%Y/, since: 251 } as const;

const checkNewerDirectives: Check = ({ manager: { version, kind }, units: { installedUnits } }) => {
  if (kind === 'supervisor') return [];
  if (isUnknown(version)) return version;
  const byReason = groupBy(installedUnits, (unit) =>
    newerThan(unit, version)
      .map(({ what, since }) => `${what} came with ${String(since)}`)
      .join(', '),
  );
  return [...byReason].flatMap(([reason, [first, ...others]]): readonly CheckFinding[] => {
    if (reason === '' || first === undefined) return [];
    const more = others.length === 1 ? 'one more unit' : `${String(others.length)} more units`;
    const subject = others.length === 0 ? 'It is' : `It and ${more} are`;
    return [
      {
        severity: 'warning',
        about: first.name,
        message: `${subject} written for a newer systemd: ${reason}, and here is ${String(version)}`,
        remedy: `Generate the units for this one: dockunit generate --systemd-version ${String(version)} -o DIR`,
      },
    ];
  });
};

function newerThan(
  { unit }: InstalledUnit,
  version: number,
): readonly { readonly what: string; readonly since: number }[] {
  const versions = new Map<string, number>();
  for (const { name, directives } of unit.sections) {
    if (name === 'X-Dockunit') continue;
    for (const { key, value } of directives) {
      if (versionOf(key) > version) versions.set(`${key}=`, versionOf(key));
      const { pattern, since } = unitDirectorySpecifier;
      if (since > version && pattern.test(serialiseValue(value))) versions.set('%Y', since);
    }
  }
  return [...versions].map(([what, since]) => ({ what, since }));
}

/** Other keys than commands that a unit of dockunit depends on; systemd.service(5). */
const essentialKeys: ReadonlySet<string> = new Set([...commandKeys, 'Type', 'RemainAfterExit']);

const checkDropIns: Check = ({ units: { installedUnits, dropIns } }) =>
  installedUnits.flatMap(({ name, unit }) => {
    const ours = new Map(
      unit.sections
        .filter((section) => section.name === 'Service')
        .flatMap(({ directives }) =>
          directives.map(({ key, value }) => [key, serialiseValue(value)] as const),
        ),
    );
    return (dropIns.get(name) ?? []).flatMap(({ path, text }): readonly CheckFinding[] => {
      const keys = lostKeys(text, ours);
      if (keys.length === 0) return [];
      return [
        {
          severity: 'warning',
          about: name,
          message: `The drop-in ${path} takes away ${keys.map((key) => `${key}=`).join(', ')} of the unit, which its container is made, run and removed by`,
          remedy: 'Add to these rather than reset them, or change the service in the Compose file',
        },
      ];
    });
  });

/**
 * dockunit's keys that the drop-in resets (an empty assignment) or, where there is only one value, sets
 * to another.
 */
function lostKeys(text: string, ours: ReadonlyMap<string, string>): readonly string[] {
  const keys = new Set<string>();
  for (const { name, directives } of parseSections(text)) {
    if (name !== 'Service') continue;
    for (const { key, value } of directives) {
      const before = ours.get(key);
      if (before === undefined || !essentialKeys.has(key)) continue;
      const now = serialiseValue(value);
      if (now === '' || (!commandKeys.has(key) && now !== before)) keys.add(key);
    }
  }
  return [...keys];
}

export const fileChecks = {
  'shadowed-units': checkShadowed,
  'edited-units': checkEdited,
  'newer-directives': checkNewerDirectives,
  'drop-ins': checkDropIns,
} as const satisfies Partial<Record<CheckName, Check>>;
