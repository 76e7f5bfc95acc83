/**
 * Two versions of a unit → how they differ, setting by setting, and what each difference requires.
 */
import type { Command, Unit, UnitKind } from '../units/unit-set.ts';
import { isPrivateFile } from '../units/environment.ts';
import { serialiseValue } from '../units/unit-file.ts';
import { networkOf } from '../session/gone-resources.ts';
import { quoteWord, readContainerCommands, textOf } from '../units/container-command.ts';

/**
 * The step that puts a difference in force, weakest first: none, a reload of the unit files, new links of
 * `enable`, a restart of the unit.
 */
const needs = ['nothing', 'reload', 'enable', 'restart'] as const;
export type Need = (typeof needs)[number];

export type Detail =
  /** Of the container: `publish 80:80`. */
  | (ListDifference & { readonly kind: 'setting' })
  /** Of the unit: `TimeoutStopSec`. */
  | (ListDifference & { readonly kind: 'directive'; readonly section: string })
  /** Names of variables in a file beside the unit, never their values. */
  | {
      readonly kind: 'variables';
      readonly file: string;
      readonly removed: readonly string[];
      readonly added: readonly string[];
      readonly changed: readonly string[];
      readonly need: Need;
    }
  /** Of another file beside the unit. */
  | { readonly kind: 'contents'; readonly file: string; readonly need: Need };

interface ListDifference {
  readonly name: string;
  readonly removed: readonly string[];
  readonly added: readonly string[];
  readonly need: Need;
}

/** All differences between two versions of a unit, as both are read from text; [] where only its wording differs. */
export function unitDetails(old: Unit, next: Unit): readonly Detail[] {
  return [...containerDetails(old, next), ...directiveDetails(old, next)];
}

function containerDetails(old: Unit, next: Unit): readonly Detail[] {
  if (next.kind !== 'container') return [];
  const [before, after] = [readContainerCommands(old), readContainerCommands(next)];
  const names = new Set([...before.settings.keys(), ...after.settings.keys()]);
  const settings = [...names].sort(bySetting).flatMap((name): Detail[] => {
    const difference = listDifference(before.settings.get(name) ?? [], after.settings.get(name) ?? []);
    return difference === undefined ? [] : [{ kind: 'setting', name, ...difference, need: 'restart' }];
  });
  const commands = (
    [
      ['preliminary', 'reload'],
      ['others', 'restart'],
    ] as const
  ).flatMap(([group, need]): Detail[] => {
    const difference = listDifference(before[group].map(commandText), after[group].map(commandText));
    if (difference === undefined) return [];
    return [{ kind: 'directive', section: 'Service', name: 'ExecStartPre', ...difference, need }];
  });
  return [...settings, ...commands];
}

/** The image first: it changes most often. */
function bySetting(a: string, b: string): number {
  if (a === 'image' || b === 'image') return a === 'image' ? -1 : 1;
  return a < b ? -1 : 1;
}

function directiveDetails(old: Unit, next: Unit): readonly Detail[] {
  const [before, after] = [directivesOf(old), directivesOf(next)];
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((place): Detail[] => {
    const [section = '', name = ''] = place.split('\0');
    // Depends on all the others.
    if (section === 'X-Dockunit' && name !== 'Source') return [];
    if (next.kind === 'container' && section === 'Service' && name === 'ExecStartPre') return [];
    const difference = listDifference(before.get(place) ?? [], after.get(place) ?? []);
    if (difference === undefined) return [];
    const need =
      isSameNetwork(old, next) && name === 'ExecStart' ? 'reload' : needOf(next.kind, section, name);
    return [{ kind: 'directive', section, name, ...difference, need }];
  });
}

/**
 * Whether docker has the same network for both: the rest of the command names its owner, and is no reason
 * to restart.
 */
function isSameNetwork(old: Unit, next: Unit): boolean {
  const [before, after] = [networkOf(old), networkOf(next)];
  if (before === undefined || after === undefined) return false;
  return before.name === after.name && textOf(before.hash) === textOf(after.hash);
}

/** Values by section and key; of a list of names each by itself, since their order means nothing. */
function directivesOf(unit: Unit): ReadonlyMap<string, readonly string[]> {
  const places = new Map<string, string[]>();
  for (const { name: section, directives } of unit.sections) {
    for (const { key, value } of directives) {
      const place = `${section}\0${key}`;
      const values = value.kind === 'names' ? value.names : [plainText(value)];
      places.set(place, [...(places.get(place) ?? []), ...values]);
    }
  }
  return places;
}

function plainText(value: Unit['sections'][number]['directives'][number]['value']): string {
  switch (value.kind) {
    case 'exec':
      return commandText(value.command);
    case 'text':
    case 'data':
      return value.text;
    case 'names':
    case 'paths':
    case 'word':
    case 'verbatim':
      return serialiseValue(value);
  }
}

function commandText({ argv }: Command): string {
  return argv.map((word) => quoteWord(textOf(word))).join(' ');
}

/**
 * The values removed and added; undefined where the lists are the same. A change of order alone gives
 * both.
 */
function listDifference(
  before: readonly string[],
  after: readonly string[],
): Pick<ListDifference, 'removed' | 'added'> | undefined {
  if (before.length === after.length && before.every((value, index) => value === after[index]))
    return undefined;
  const [removals, additions] = [without(before, after), without(after, before)];
  return removals.length + additions.length > 0
    ? { removed: removals, added: additions }
    : { removed: before, added: after };
}

function without(values: readonly string[], others: readonly string[]): readonly string[] {
  const rest = [...others];
  return values.filter((value) => {
    const at = rest.indexOf(value);
    if (at !== -1) rest.splice(at, 1);
    return at === -1;
  });
}

/**
 * The step that a difference in a section of a kind of unit needs. Images and gates do their work at their
 * next start, and a reload applies the limits of slices (systemd.resource-control(5)). A volume that exists
 * stays unchanged.
 */
const needsOfKind = {
  container: { Unit: 'reload', Service: 'restart', Install: 'enable' },
  watch: { Unit: 'reload', Service: 'restart', Install: 'enable' },
  network: { Unit: 'reload', Service: 'restart', Install: 'enable' },
  volume: { Unit: 'reload', Service: 'reload', Install: 'enable' },
  image: { Unit: 'reload', Service: 'reload', Install: 'enable' },
  gate: { Unit: 'reload', Service: 'reload', Install: 'enable' },
  slice: { Unit: 'reload', Slice: 'reload', Install: 'enable' },
  target: { Unit: 'reload', Install: 'enable' },
} as const satisfies Record<UnitKind, Readonly<Record<string, Need>>>;

/**
 * Directives of [Service] that systemd applies from a reload on, systemd.service(5), systemd.kill(5): they
 * govern the end or the next start of the service, and not how it runs now.
 */
const takenInByReload: ReadonlySet<string> = new Set([
  ...['Restart', 'RestartSec', 'RestartSteps', 'RestartMaxDelaySec', 'RestartMode'],
  ...['RestartPreventExitStatus', 'RestartForceExitStatus', 'SuccessExitStatus'],
  ...['TimeoutStartSec', 'TimeoutStopSec', 'TimeoutSec', 'TimeoutAbortSec', 'TimeoutStartFailureMode'],
  ...['TimeoutStopFailureMode', 'RuntimeMaxSec', 'RemainAfterExit', 'ExecStop', 'ExecStopPost', 'ExecReload'],
  ...['KillMode', 'KillSignal', 'SendSIGKILL', 'SendSIGHUP', 'FinalKillSignal', 'OOMPolicy'],
]);

function needOf(kind: UnitKind, section: string, key: string): Need {
  if (section === 'X-Dockunit') return 'nothing';
  if (section === 'Service' && takenInByReload.has(key)) return 'reload';
  const needOfSections: Readonly<Record<string, Need>> = needsOfKind[kind];
  // A section the user added, such as one of another type of unit.
  return needOfSections[section] ?? 'restart';
}

/** The strongest of what the details need. */
export function strongestNeed(details: readonly Detail[]): Need {
  const strongest = Math.max(0, ...details.map(({ need }) => needs.indexOf(need)));
  return needs[strongest] ?? 'nothing';
}

/** The topic of a detail, in a word. */
export function topicOf(detail: Detail): string {
  switch (detail.kind) {
    case 'setting':
    case 'directive':
      return detail.name;
    case 'variables':
      return isPrivateFile(detail.file) ? 'private values' : 'environment';
    case 'contents':
      return detail.file;
  }
}
