/**
 * Project → UnitSet: the compiler's table of contents.
 */
import { type Diagnostic, type Outcome, hasErrors } from '../model/diagnostic.ts';
import type { Project, Service } from '../compose/project.ts';
import { checkBuild, planBuild } from './build.ts';
import { checkArguments } from './check-arguments.ts';
import { checkDockerOptions, holdsNewerOption, linesOf } from './check-docker-options.ts';
import { checkNetworks, checkOptions, checkVolumes } from './check-options.ts';
import { checkPlacement } from './check-placement.ts';
import { type ServiceFinding, checkService, findingsAt } from './check-service.ts';
import { asksForDockerVersion as asksService, compileContainer } from './container.ts';
import { neededGates } from './dependencies.ts';
import { orderDirectives } from './directive-order.ts';
import { checkExtension } from './extension.ts';
import { checkFiles } from './files.ts';
import { type KeyRule, serviceKeyRules } from './fields.ts';
import { configHash } from './config-hash.ts';
import { compileGate } from './gate.ts';
import { checkHooks } from './hooks.ts';
import { aliasClaims, checkInstallNames } from './install-names.ts';
import {
  type NameClaim,
  checkContainerNames,
  checkFileNames,
  checkUnitNames,
  noteUnitPrefix,
  replicasOf,
} from './names.ts';
import { checkNamedContainers } from './named-containers.ts';
import { withOrigin } from './origin.ts';
import { keepPrivate } from './private-words.ts';
import { compileTarget } from './project-target.ts';
import { checkReplicas } from './replicas.ts';
import { compileImage, compileNetwork, compileVolume } from './resources.ts';
import { runScriptFile } from './scripts.ts';
import { compileSlice } from './slice.ts';
import { serialiseUnit } from './unit-file.ts';
import { type Templates, layTemplate, readTemplates } from './templates.ts';
import type { AttachedFile, Directive, Target, Unit, UnitSet } from './unit-set.ts';
import { checkWatch, compileWatch } from './watch.ts';

/**
 * The units of a project, compiled for `target` over the house defaults, and all findings. There is no UnitSet where a
 * finding is an error. Pure: the same input gives the same bytes.
 */
export function compileProject(
  project: Project,
  target: Target,
  templates: Templates = readTemplates(),
): Outcome<UnitSet> {
  const files: AttachedFile[] = [];
  const units: { unit: Unit; path: string }[] = [];
  const { Unit, Service, Install } = project.systemd;
  const diagnostics: Diagnostic[] = [
    ...checkContainerNames(project),
    ...checkNetworks(project),
    ...checkVolumes(project),
    ...checkExtension(project, { Unit, Service, Install }, target),
  ];
  const add = (path: string, unit: Unit | undefined): void => {
    if (unit !== undefined) units.push({ unit, path });
  };

  for (const service of project.services.values()) {
    const path = `services.${service.name}`;
    const replicas = replicasOf(service);
    const containers = replicas.map((replica) => compileContainer(project, replica, target));
    diagnostics.push(
      ...checkKeyRules(project, service),
      ...checkService(project, service),
      ...checkExtension(project, { ...service.systemd }, target),
      ...checkFiles(project, service),
      ...checkWatch(project, service),
      ...checkHooks(project, service),
      ...checkOptions(project, service),
      ...checkReplicas(project, service),
      ...checkBuild(project, service),
      ...checkPlacement(project, service, target),
      ...checkNamedContainers(project, service, target),
      // One container of the service represents all.
      ...(containers[0]?.diagnostics ?? []),
    );
    if (replicas.length === 0) continue;
    diagnostics.push(...noteUnitPrefix(project, service));
    for (const { unit, files: ownFiles } of containers) {
      files.push(...ownFiles);
      add(path, unit);
    }
    add(path, compileImage(project, service, target));
    files.push(...(planBuild(project, service, (file) => file)?.files ?? []));
    for (const replica of replicas) add(path, compileWatch(project, replica, target));
    for (const gate of neededGates(project).get(service.name) ?? []) {
      add(path, compileGate(project, service, gate, target));
    }
  }
  const services = [...project.services.values()];
  const usage = {
    networks: new Set(services.flatMap((service) => [...service.networks.keys()])),
    volumes: new Set(services.flatMap(volumesOf)),
  };
  for (const network of project.networks.values()) {
    if (!network.external && usage.networks.has(network.key)) {
      add(`networks.${network.key}`, compileNetwork(project, network, target));
    }
  }
  for (const volume of project.volumes.values()) {
    if (!volume.external && usage.volumes.has(volume.key)) {
      add(`volumes.${volume.key}`, compileVolume(project, volume, target));
    }
  }
  const slice = compileSlice(project, target);
  diagnostics.push(...slice.diagnostics);
  add('name', slice.unit);
  add('name', compileTarget(project, target));

  const finalUnits = units.map(({ unit, path }) => ({ unit: layTemplate(unit, templates, target), path }));
  const claims = units.map(({ unit, path }): NameClaim => ({ unit: unit.name, path }));
  diagnostics.push(
    ...checkInstallNames(project, finalUnits),
    ...checkUnitNames(project, [...claims, ...aliasClaims(finalUnits)]),
  );
  for (const { unit, path } of units) {
    diagnostics.push(...checkArguments(project, path, unit));
    // One container of the service represents all.
    if (!/@(?!1\.)[^.@]*\./.test(unit.name))
      diagnostics.push(...checkDockerOptions(project, path, unit, target));
  }
  if (hasErrors(diagnostics)) return { diagnostics };
  const privateUnits = finalUnits.map(({ unit, path }) =>
    keepPrivate(withOrigin(unit, project, path, target), target),
  );
  files.push(...privateUnits.flatMap((each) => each.files), runScriptFile(project));
  const pathOf = (name: string): string => units.find(({ unit }) => unit.name === name)?.path ?? 'services';
  diagnostics.push(...checkFileNames(project, files, pathOf));
  if (hasErrors(diagnostics)) return { diagnostics };
  const value: UnitSet = {
    project: project.name,
    units: privateUnits.map(({ unit }) => withHash(inOrder(unit))).sort(byName),
    files: files.sort(byName),
  };
  return { value, diagnostics };
}

/** Whether the result depends on the Docker version that the project is compiled for. */
export function asksForDockerVersion(project: Project): boolean {
  const newest: Target = { scope: 'system', systemd: 252, docker: Infinity, directory: '/' };
  const own = [...project.networks.values()].filter(({ external }) => !external);
  return (
    [...project.services.values()].some((service) => asksService(project, service, newest)) ||
    own.some((network) => linesOf(compileNetwork(project, network, newest)).some(holdsNewerOption))
  );
}

/** Keys of the volumes that a service mounts. */
function volumesOf({ volumes }: Service): string[] {
  return volumes.flatMap((mount) =>
    mount.type === 'volume' && mount.source !== undefined ? [mount.source] : [],
  );
}

/** Keys that the file sets and dockunit does not honour. */
function checkKeyRules(project: Project, service: Service): Diagnostic[] {
  const rules: Record<string, KeyRule> = serviceKeyRules;
  const findings = service.keys.flatMap((key): ServiceFinding[] => {
    const rule = rules[key];
    const path = `.${key}`;
    if (rule?.kind === 'refused') {
      return [{ path, code: rule.code, message: `${key} ${rule.why}`, remedy: rule.remedy }];
    }
    if (rule?.kind !== 'without-effect') return [];
    const remedy = 'Nothing needs to be done; the key can be removed';
    return [{ path, severity: 'warning', code: 'key-without-effect', message: `${key} ${rule.why}`, remedy }];
  });
  return findingsAt(project, `services.${service.name}`, findings);
}

function inOrder(unit: Unit): Unit {
  return { ...unit, sections: unit.sections.map(orderDirectives) };
}

function withHash(unit: Unit): Unit {
  const configuration = unit.sections.filter((section) => section.name !== 'X-Dockunit');
  const hash = configHash(serialiseUnit({ sections: configuration }));
  const field: Directive = { key: 'ConfigHash', value: { kind: 'data', text: hash } };
  return {
    ...unit,
    sections: unit.sections.map((section) =>
      section.name === 'X-Dockunit' ? { ...section, directives: [...section.directives, field] } : section,
    ),
  };
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
