/**
 * Services as plain objects → YAML text → units, by the way a user's file takes.
 */
import { Document } from 'yaml';
import type { Diagnostic } from '../../src/model/diagnostic.ts';
import { loadProject } from '../../src/compose/load.ts';
import type { LoadInput } from '../../src/compose/loading.ts';
import { writeYaml } from '../../src/compose/yaml/write-yaml.ts';
import { compileProject } from '../../src/units/compile.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import type { UnitSet } from '../../src/units/unit-set.ts';
import type { Container } from './container.ts';
import type { RandomService } from './service-arbitrary.ts';
import { declaredVolumes } from './service-facets.ts';

const projectName = 'exact';
export const unitDirectory = '/etc/systemd/system';

export interface CompiledText {
  /** File name → content and mode: the units and the files beside them. */
  readonly files: ReadonlyMap<string, { readonly content: string; readonly mode: number }>;
}

/** Services by name → the project's Compose file. Interpolation reads `$$` as `$`, so each is doubled. */
export function composeText(services: Readonly<Record<string, unknown>>): string {
  const volumes = Object.entries(declaredVolumes).map(([key, name]) => [
    key,
    name === `${projectName}_${key}` ? null : { name },
  ]);
  const project = { name: projectName, services, volumes: Object.fromEntries(volumes) as unknown };
  // In quotes, since what YAML 1.1 and 1.2 make of bare words is the spec tests' business.
  return writeYaml(new Document(doubleDollars(project)), { defaultStringType: 'QUOTE_DOUBLE' });
}

export function compileText(
  text: string,
  // Older ones know no `subpath` of a volume.
  target = { systemd: 252, docker: 26 },
  readFile: LoadInput['readFile'] = () => ({ ok: false, reason: 'missing' }),
  environment: LoadInput['environment'] = new Map(),
): {
  readonly set?: UnitSet;
  readonly diagnostics: readonly Diagnostic[];
} {
  const loaded = loadProject({
    files: [{ path: '/srv/exact/compose.yaml', text }],
    directory: '/srv/exact',
    dotenv: [],
    environment,
    readFile,
  });
  if (loaded.value === undefined) return { diagnostics: loaded.diagnostics };
  const compiled = compileProject(loaded.value, { scope: 'system', directory: unitDirectory, ...target });
  const diagnostics = [...loaded.diagnostics, ...compiled.diagnostics];
  return compiled.value === undefined ? { diagnostics } : { set: compiled.value, diagnostics };
}

/** The unit set; throws, with the findings, where there is none. */
export function setOf({ set, diagnostics }: ReturnType<typeof compileText>): UnitSet {
  if (set === undefined) throw new Error(`not compiled: ${JSON.stringify(diagnostics, null, 2)}`);
  return set;
}

/** Its files as they are written; throws as setOf does. */
export function filesOf(compiled: ReturnType<typeof compileText>): CompiledText['files'] {
  const set = setOf(compiled);
  return new Map([
    ...set.units.map((unit) => [unit.name, { content: serialiseUnit(unit), mode: 0o644 }] as const),
    ...set.files.map(({ name, content, mode }) => [name, { content, mode }] as const),
  ]);
}

/** What the service of this name has to become. */
export function wantedContainer(name: string, { wanted }: RandomService): Container {
  const unit = `${projectName}-${name}`;
  return {
    ...wanted,
    name: unit,
    network: `${projectName}_default`,
    aliases: [name],
    labels: {
      ...wanted.labels,
      'dockunit.project': projectName,
      'dockunit.service': name,
      'dockunit.unit': `${unit}.service`,
    },
  };
}

function doubleDollars(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(doubleDollars);
  if (typeof value !== 'object' || value === null) return value;
  // Keys are not interpolated; null and undefined stand for a key that is not written.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, doubleDollars(inner)]));
}
