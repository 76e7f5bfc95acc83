/**
 * Pins units to an image by its exact bytes, so that a moved tag has no effect: by the digest that its
 * registry knows it by, or by its id where it came from no registry. `Image=` of [X-Dockunit] keeps the
 * name in the Compose file, `Pin=` is the name that docker gets instead. The label that shows drift stays
 * unchanged: another pin is not another configuration. Pure.
 */
import type { LocalImage } from '../model/ports.ts';
import { configHash } from '../units/config-hash.ts';
import { runCommand, verbOf } from '../units/scripts.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import type { Command, Directive, Unit, UnitSet } from '../units/unit-set.ts';
import { dockunitField, dockunitFields, valuesOf } from '../units/unit-set.ts';
import { imageIndex } from '../units/container-command.ts';

/** The name by which docker knows the unit's image; undefined for units that name none. */
export function runImage(unit: Unit): string | undefined {
  return dockunitField(unit, 'Pin') ?? dockunitField(unit, 'Image');
}

/** Whether the reference fixes the bytes already: it has a digest, or is an id. */
export function isFixed(reference: string): boolean {
  return reference.includes('@') || isId(reference);
}

/** Whether a pin is the id of an image: only this host can find it. */
export function isId(pin: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(pin);
}

/**
 * The pin of the reference for the image.
 * @param before the present pin: it stays if it stands for the same image, which may have several digests
 */
export function pinFor(reference: string, image: LocalImage, before?: string): string {
  if (isFixed(reference)) return reference;
  const repository = repositoryOf(reference);
  const pins = image.digests
    .filter((digest) => repositoryOf(digest) === repository)
    .map((digest) => `${reference}${digest.slice(digest.indexOf('@'))}`)
    .sort();
  if (before !== undefined && pins.includes(before)) return before;
  return pins[0] ?? image.id;
}

/** Without tag and digest, in docker's short form: `docker.io/library/nginx:1` is `nginx`. */
function repositoryOf(reference: string): string {
  const [name = ''] = reference.split('@');
  const tag = name.indexOf(':', name.lastIndexOf('/') + 1);
  return (tag === -1 ? name : name.slice(0, tag))
    .replace(/^(index\.)?docker\.io\//, '')
    .replace(/^library\//, '');
}

/** The images that the units of services run, by service; services without a pin are absent. */
export function pinsOf(units: readonly Unit[]): ReadonlyMap<string, string> {
  return new Map(
    units.flatMap((unit): [string, string][] => {
      const [service, pin] = [dockunitField(unit, 'Service'), dockunitField(unit, 'Pin')];
      return unit.kind !== 'container' || service === undefined || pin === undefined ? [] : [[service, pin]];
    }),
  );
}

/**
 * Pins that stay in force: those of services whose image name in the set is the same. By service and not by
 * unit: a service that gets replicas has units of other names.
 */
export function keptPins(set: UnitSet, installedUnits: readonly Unit[]): ReadonlyMap<string, string> {
  const [before, after, pins] = [namedImages(installedUnits), namedImages(set.units), pinsOf(set.units)];
  return new Map(
    [...pinsOf(installedUnits)].filter(
      ([service]) => after.has(service) && after.get(service) === before.get(service) && !pins.has(service),
    ),
  );
}

/** The result for a pin when a set of units replaces the installed ones. */
export interface PinOutcome {
  readonly service: string;
  readonly pin: string;
  /** `replaced`: the set pins the service to something else. `outdated`: it names another image. */
  readonly fate: 'kept' | 'dropped' | 'replaced' | 'outdated';
}

/** One for each pinned service that is still in the set, sorted by service. */
export function pinOutcomes({ units }: UnitSet, installedUnits: readonly Unit[]): readonly PinOutcome[] {
  const [before, after, pins] = [namedImages(installedUnits), namedImages(units), pinsOf(units)];
  return [...pinsOf(installedUnits)]
    .filter(([service]) => after.has(service))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([service, pin]) => {
      const next = pins.get(service);
      const isRenamed = after.get(service) !== before.get(service);
      const fate =
        next === pin ? 'kept' : isRenamed ? 'outdated' : next === undefined ? 'dropped' : 'replaced';
      return { service, pin, fate };
    });
}

/** The images that the Compose file names, by service. */
export function namedImages(units: readonly Unit[]): ReadonlyMap<string, string> {
  return new Map(
    units.flatMap((unit): [string, string][] => {
      const [service, image] = [dockunitField(unit, 'Service'), dockunitField(unit, 'Image')];
      return unit.kind !== 'container' || service === undefined || image === undefined
        ? []
        : [[service, image]];
    }),
  );
}

/** The set with the images of services pinned; @param pins by service */
export function pinImages(set: UnitSet, pins: ReadonlyMap<string, string>): UnitSet {
  return {
    ...set,
    units: set.units.map((unit) => {
      const pin = pins.get(dockunitField(unit, 'Service') ?? '');
      if (pin === undefined || dockunitField(unit, 'Pin') === pin) return unit;
      if (unit.kind === 'container') return pinContainer(unit, pin);
      return unit.kind === 'image' ? pinPull(unit, pin) : unit;
    }),
  };
}

function pinContainer(unit: Unit, pin: string): Unit {
  return withNewHash(unit, {
    ...withField(
      withCommands(unit, 'ExecStartPre', (command) => {
        const at = imageIndex(command);
        return at === undefined ? command : { ...command, argv: command.argv.with(at, pin) };
      }),
      pin,
    ),
  });
}

/**
 * Pulls a pinned image where it is missing: there is no newer one to look for. An id cannot be pulled, and
 * an image that is built has the name that its build gives it.
 */
function pinPull(unit: Unit, pin: string): Unit {
  const before = dockunitField(unit, 'Pin');
  if (!isPulled(unit) || (isId(pin) && before === undefined)) return unit;
  const image = isId(pin) ? (dockunitField(unit, 'Image') ?? '') : pin;
  const pinnedUnit = withCommands(unit, 'ExecStart', (command) => pullOf(command, image));
  return withNewHash(unit, withField(pinnedUnit, isId(pin) ? undefined : pin));
}

/** A unit of an older version has no script beside it: it keeps its verb, which looks for the pinned image itself. */
function pullOf({ ignoreFailure, argv }: Command, image: string): Command {
  const [shell = '', script = '', verb = '', , ...options] = argv;
  if (script === '-c') return { ignoreFailure, argv: [shell, script, verb, image, ...options] };
  return runCommand(script, 'pull-missing', [image, ...options], { ignoreFailure });
}

/** Whether the unit of an image looks for a newer one at each start. */
export function looksForNewer(unit: Unit): boolean {
  return valuesOf(unit, 'Service', 'ExecStart').some((value) => {
    const script = value.kind === 'exec' ? verbOf(value.command) : undefined;
    return script === 'pull' || script === 'pull-or-build';
  });
}

/** Whether the unit of an image gets it from its registry, and from nowhere else. */
export function isPulled(unit: Unit): boolean {
  const scripts = valuesOf(unit, 'Service', 'ExecStart').map((value) =>
    value.kind === 'exec' ? verbOf(value.command) : undefined,
  );
  return scripts.length > 0 && scripts.every((script) => script === 'pull-missing' || script === 'pull');
}

function withCommands(unit: Unit, key: string, change: (command: Command) => Command): Unit {
  return withDirectives(unit, 'Service', (directives) =>
    directives.map((directive) =>
      directive.key === key && directive.value.kind === 'exec'
        ? { ...directive, value: { kind: 'exec', command: change(directive.value.command) } }
        : directive,
    ),
  );
}

function withField(unit: Unit, pin: string | undefined): Unit {
  return withDirectives(unit, 'X-Dockunit', (directives) => {
    const all: Directive[] = directives.filter(({ key }) => key !== 'Pin');
    if (pin !== undefined) all.push({ key: 'Pin', value: { kind: 'data', text: pin } });
    const rank = ({ key }: Directive): number => dockunitFields.findIndex((field) => field === key);
    return all.sort((one, other) => rank(one) - rank(other));
  });
}

function withDirectives(
  unit: Unit,
  section: string,
  change: (directives: readonly Directive[]) => readonly Directive[],
): Unit {
  return {
    ...unit,
    sections: unit.sections.map((each) =>
      each.name === section ? { ...each, directives: change(each.directives) } : each,
    ),
  };
}

/** With its hash computed again, if it was right before: a unit edited by hand is still reported as edited. */
function withNewHash(before: Unit, unit: Unit): Unit {
  if (dockunitField(before, 'ConfigHash') !== hashOf(before)) return unit;
  const hash = hashOf(unit);
  return withDirectives(unit, 'X-Dockunit', (directives) =>
    directives.map((directive) =>
      directive.key === 'ConfigHash' ? { ...directive, value: { kind: 'data', text: hash } } : directive,
    ),
  );
}

function hashOf({ sections, ...unit }: Unit): string {
  return configHash(
    serialiseUnit({ ...unit, sections: sections.filter(({ name }) => name !== 'X-Dockunit') }),
  );
}
