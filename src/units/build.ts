/**
 * `build` → one command of docker's, for the unit of the image and for `dockunit build`. Its arguments
 * hold the values of `args`: docker keeps them in the image's history, so they are no secrets.
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { Build, Project, Service } from '../spec/project.ts';
import { imageName, imageUnit } from './names.ts';
import type { Argument, AttachedFile } from './unit-set.ts';

export interface BuildPlan {
  readonly argv: readonly Argument[];
  /** What the command reads: an inline Dockerfile, contents of secrets. */
  readonly files: readonly AttachedFile[];
}

/**
 * The command that builds a service's image; undefined where it is not built.
 * @param pathOf where a file of the plan will lie
 */
export function planBuild(
  project: Project,
  service: Service,
  pathOf: (file: string) => Argument,
): BuildPlan | undefined {
  const { build } = service;
  if (build === undefined) return undefined;
  const unit = imageUnit(project, service.name);
  const stem = unit.replace(/\.service$/, '');
  const files: AttachedFile[] = [];
  const attach = (name: string, content: string): Argument => {
    files.push({ name, mode: 0o600, unit, content, outline: ['…'] });
    return pathOf(name);
  };
  const dockerfile =
    build.inline === undefined ? build.dockerfile : attach(`${stem}.Dockerfile`, build.inline);
  const secrets = build.secrets.flatMap(({ id, source }): readonly Argument[] => {
    const from = project.secrets.get(source)?.from;
    if (from?.kind === 'file') return ['--secret', `id=${id},src=${from.path}`];
    if (from?.kind !== 'content') return [];
    return ['--secret', join(`id=${id},src=`, attach(`${stem}.${source}.secret`, from.content))];
  });
  const tags = [imageName(project, service) ?? '', ...build.tags];
  const command = buildxKeys(build).length === 0 ? ['build'] : ['buildx', 'build', '--load'];
  const argv: readonly Argument[] = [
    'docker',
    ...command,
    ...tags.flatMap((tag) => ['--tag', tag]),
    ...(dockerfile === undefined ? [] : ['--file', dockerfile]),
    ...optionsOf(build),
    ...secrets,
    build.context,
  ];
  return { argv, files };
}

/** The keys that the classic builder, which is all a host may have, knows nothing of. */
function buildxKeys(build: Build): readonly string[] {
  const used = {
    ssh: build.ssh.length > 0,
    secrets: build.secrets.length > 0,
    cache_to: build.cacheTo.length > 0,
    platforms: build.platforms.length > 0,
    additional_contexts: build.contexts.size > 0,
    entitlements: build.entitlements.length > 0,
  };
  return Object.entries(used).flatMap(([key, is]) => (is ? [key] : []));
}

/** What of a build one engine cannot do, or not without the buildx plugin. */
export function checkBuild(project: Project, service: Service): Diagnostic[] {
  const { build } = service;
  if (build === undefined) return [];
  const at = (below: string): Pick<Diagnostic, 'path' | 'position'> => {
    const path = `services.${service.name}.build${below}`;
    const position = project.where(path);
    return { path, ...(position && { position }) };
  };
  const diagnostics: Diagnostic[] = [];
  const [key] = buildxKeys(build);
  if (key !== undefined) {
    diagnostics.push({
      severity: 'note',
      code: 'build-needs-buildx',
      ...at(`.${key}`),
      message: `${key} is known to docker buildx only: the host needs the plugin to build this image`,
      remedy: 'Install it there if `docker buildx version` fails',
    });
  }
  if (build.platforms.length > 1) {
    diagnostics.push({
      severity: 'error',
      code: 'build-platforms',
      ...at('.platforms'),
      message: 'an image of several platforms cannot be loaded into one engine',
      remedy: 'Name the platform of the host alone',
    });
  }
  build.secrets.forEach(({ source }, index) => {
    const from = project.secrets.get(source)?.from;
    if (from?.kind === 'file' || from?.kind === 'content') return;
    diagnostics.push({
      severity: 'error',
      code: 'build-secret',
      ...at(`.secrets[${String(index)}]`),
      message: `the secret ${source} is not defined, external, or a variable that is not set`,
      remedy: 'Define it under `secrets:` at the top, with a file or a variable that is set',
    });
  });
  return diagnostics;
}

function optionsOf(build: Build): readonly string[] {
  const { target, network, shmSize } = build;
  const repeat = (option: string, values: readonly string[]): string[] =>
    values.flatMap((value) => [option, value]);
  const pairs = (option: string, entries: ReadonlyMap<string, string>): string[] =>
    repeat(
      option,
      Array.from(entries, ([key, value]) => `${key}=${value}`),
    );
  return [
    ...(target === undefined ? [] : ['--target', target]),
    ...(network === undefined ? [] : ['--network', network]),
    ...(shmSize === undefined ? [] : ['--shm-size', String(shmSize)]),
    ...(build.pull ? ['--pull'] : []),
    ...(build.noCache ? ['--no-cache'] : []),
    ...pairs('--build-arg', build.args),
    ...pairs('--label', build.labels),
    ...pairs('--build-context', build.contexts),
    ...repeat('--cache-from', build.cacheFrom),
    ...repeat('--cache-to', build.cacheTo),
    ...repeat('--platform', build.platforms),
    ...repeat('--ssh', build.ssh),
    ...repeat('--allow', build.entitlements),
    ...build.extraHosts.flatMap(({ host, address }) => ['--add-host', `${host}:${address}`]),
    ...Array.from(build.ulimits, ([name, { soft, hard }]) => [
      '--ulimit',
      `${name}=${String(soft)}:${String(hard)}`,
    ]).flat(),
  ];
}

function join(prefix: string, path: Argument): Argument {
  return typeof path === 'string' ? prefix + path : [prefix, ...path];
}
