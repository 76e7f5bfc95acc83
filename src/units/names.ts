/**
 * Names of units and containers, and the checks on them.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Project, Service } from '../compose/project.ts';
import { isReserved } from './reserved-names.ts';

/** `shop-web` with a `name:` at the top of the file; without one plainly `web`, unless that is a unit of the host. */
function unitStem(project: Project, service: string): string {
  return project.isNamed || isReserved(`${service}.service`) ? `${project.name}-${service}` : service;
}

/** The unit of one container: that of the service, or an instance of it where there are several. */
export const containerUnit = (project: Project, service: Service): string =>
  `${unitStem(project, service.name)}${instanceOf(service)}.service`;
/** The units of all containers of a service. */
export const serviceUnits = (project: Project, service: Service): readonly string[] =>
  replicasOf(service).map((replica) => containerUnit(project, replica));

/**
 * The containers of a service, each as a service with one container. Their units are named like the instances of a
 * template, `web@1.service`, so that drop-ins of `web@.service.d` apply to all and systemctl accepts `web@*`; but each
 * is a file of its own, since dockunit must find every container and all its edges when it reads units back.
 */
export function replicasOf(service: Service): readonly Service[] {
  const { scale = 1 } = service;
  if (scale === 1 || service.replica !== undefined) return [service];
  return Array.from({ length: scale }, (_, index) => ({ ...service, replica: index + 1 }));
}

const instanceOf = ({ replica }: Service): string => (replica === undefined ? '' : `@${String(replica)}`);

export const imageUnit = (project: Project, service: string): string =>
  `${unitStem(project, service)}-image.service`;
export const networkUnit = (project: Project, key: string): string => `${project.name}-net-${key}.service`;
export const volumeUnit = (project: Project, key: string): string => `${project.name}-vol-${key}.service`;
export const targetUnit = (project: Project): string => `${project.name}.target`;

/**
 * The slice of a project's containers. A dash would put it within another project's slice (systemd.slice(5)), so it is
 * escaped as systemd-escape(1) does; likewise the name of a slice of the host.
 */
export function sliceUnit({ name }: Project): string {
  const own = hostSlices.has(name) ? escapeCharacter(name.charAt(0)) + name.slice(1) : name;
  return `${own.replaceAll('-', escapeCharacter)}.slice`;
}
/** systemd.special(7). */
const hostSlices: ReadonlySet<string> = new Set(['capsule', 'machine', 'system', 'user']);
const escapeCharacter = (character: string): string => `\\x${character.charCodeAt(0).toString(16)}`;

export const watchUnit = (project: Project, service: Service): string =>
  `${unitStem(project, service.name)}-watch${instanceOf(service)}.service`;

export type GateKind = 'healthy' | 'completed';
export const gateUnit = (project: Project, service: string, gate: GateKind): string =>
  `${unitStem(project, service)}-${gate}.service`;

/** The image of a service; a built one without a name gets the name that docker compose gives it. */
export function imageName(project: Project, { name, image, build }: Service): string | undefined {
  return image ?? (build && `${project.name}-${name}`);
}

/** The container's name; for a service with several, that of the first unless it is one of them. */
export function containerName(project: Project, service: Service): string {
  const [{ replica } = service] = replicasOf(service);
  const number = replica === undefined ? '' : `-${String(replica)}`;
  return service.containerName ?? `${project.isNamed ? `${project.name}-` : ''}${service.name}${number}`;
}

/** Without `name:` a unit has the name of its service; where that is impossible, dockunit reports it. */
export function noteUnitPrefix(project: Project, { name }: Service): Diagnostic[] {
  if (project.isNamed || unitStem(project, name) === name) return [];
  const path = `services.${name}`;
  const position = project.where(path);
  return [
    {
      severity: 'note',
      code: 'unit-name-prefixed',
      path,
      ...(position && { position }),
      message: `${name}.service belongs to the host, so the unit of ${name} is ${unitStem(project, name)}.service`,
      remedy: `Nothing to do: verbs take ${name}; with \`name:\` at the top every unit has the prefix`,
    },
  ];
}

/** A unit name to be taken, and the place in the specification that asks for it. */
export interface NameClaim {
  readonly unit: string;
  readonly path: string;
}

/** Names that systemd refuses, that would shadow an essential unit of the host, or that are claimed twice. */
export function checkUnitNames(project: Project, claims: readonly NameClaim[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const claimsByName = new Map<string, NameClaim>();
  for (const claim of claims) {
    const report = (code: string, message: string, remedy: string): void => {
      diagnostics.push(errorAt(project, claim.path, code, message, remedy));
    };
    const earlier = claimsByName.get(claim.unit);
    claimsByName.set(claim.unit, earlier ?? claim);
    if (earlier !== undefined) {
      report(
        'unit-name-collision',
        `${claim.path} and ${earlier.path} would both become ${claim.unit}`,
        'Rename one of the two',
      );
    } else if (Buffer.byteLength(claim.unit) > 255) {
      report(
        'unit-name-too-long',
        `the unit name would have ${Buffer.byteLength(claim.unit)} bytes; systemd takes at most 255`,
        'Give it a shorter name',
      );
    } else if (isReserved(claim.unit)) {
      report(
        'unit-name-reserved',
        `${claim.unit} belongs to the host: a unit of dockunit's by that name would replace it`,
        'Give the project another name with `name:` at the top, or the alias another one',
      );
    }
  }
  // A service has several units: report it for one of them.
  const once = new Map(
    diagnostics.map((diagnostic) => [`${diagnostic.path} ${diagnostic.code}`, diagnostic]),
  );
  return [...once.values()];
}

/** Files beside the units whose names would collide: those of a service `web.private` end as some of `web` do. */
export function checkFileNames(
  project: Project,
  files: readonly { readonly name: string; readonly unit: string }[],
  pathOf: (unit: string) => string,
): Diagnostic[] {
  const owners = new Map<string, string>();
  return files.flatMap(({ name, unit }): Diagnostic[] => {
    const owner = owners.get(name);
    owners.set(name, owner ?? unit);
    if (owner === undefined) return [];
    const message = `${owner} and ${unit} would both have a file ${name}`;
    return [errorAt(project, pathOf(unit), 'file-name-collision', message, 'Rename one of the two services')];
  });
}

/** Container names that Docker refuses (its pattern requires two characters or more), and names taken twice. */
export function checkContainerNames(project: Project): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const owners = new Map<string, string>();
  for (const service of [...project.services.values()].flatMap(replicasOf)) {
    const name = containerName(project, service);
    const path =
      service.containerName === undefined
        ? `services.${service.name}`
        : `services.${service.name}.container_name`;
    const owner = owners.get(name);
    owners.set(name, owner ?? service.name);
    if (owner !== undefined && owner !== service.name) {
      diagnostics.push(
        errorAt(
          project,
          path,
          'container-name-collision',
          `services ${owner} and ${service.name} would both run as container ${name}`,
          'Give one of them another `container_name`',
        ),
      );
    }
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
      diagnostics.push(
        errorAt(
          project,
          path,
          'container-name-invalid',
          `Docker refuses ${JSON.stringify(name)} as a container's name: it wants two or more of a-z A-Z 0-9 _ . -, the first a letter or digit`,
          service.containerName === undefined
            ? 'Rename the service, set `container_name`, or give the project a name with `name:` at the top'
            : 'Change `container_name`',
        ),
      );
    }
  }
  return diagnostics;
}

function errorAt(project: Project, path: string, code: string, message: string, remedy: string): Diagnostic {
  const position = project.where(path);
  return { severity: 'error', code, path, message, remedy, ...(position && { position }) };
}
