/**
 * `build` as one docker command, for the unit of the image and for `dockunit build`. It is always `docker build`: the
 * host decides which builder runs, BuildKit or the classic one, by the options that each knows (scripts.ts).
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Build, Project, Service } from '../compose/project.ts';
import { type ServiceFinding, findingsAt } from './check-service.ts';
import { checkContexts, contextAddresses } from './build-contexts.ts';
import { givenText } from './given-text.ts';
import { csv } from '../text/csv.ts';
import { optionOf, readOptions } from './docker-options.ts';
import { buildPaths } from './host-paths.ts';
import { imageName, imageUnit } from './names.ts';
import { privatePairs, privateVariable, privateWord } from './private-words.ts';
import { hasCredentials, isPublicCache } from './public-options.ts';
import type { Argument, AttachedFile } from './unit-set.ts';

export interface BuildPlan {
  readonly argv: readonly Argument[];
  /** Those of its options that only some builders know, e.g. `--secret`. */
  readonly needs: readonly string[];
  /** Directories and files of the host that the build reads. */
  readonly reads: readonly string[];
  /** Files for the command: an inline Dockerfile, contents of secrets. */
  readonly files: readonly AttachedFile[];
}

/**
 * The command that builds a service's image; undefined where no build is given.
 * @param pathOf the path of a file of the plan
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
  const reads = buildPaths(build);
  const secrets = build.secrets.flatMap(({ id, source }): readonly Argument[] => {
    const from = project.secrets.get(source)?.from;
    if (from?.kind === 'content') {
      return [
        '--secret',
        join(`${csv([`id=${id}`])},src=`, attach(`${stem}.${source}.secret`, from.content)),
      ];
    }
    if (from?.kind !== 'file') return [];
    reads.push(from.path);
    return ['--secret', csv([`id=${id}`, `src=${from.path}`])];
  });
  const tags = [imageName(project, service) ?? '', ...build.tags];
  const argv: readonly Argument[] = [
    'docker',
    'build',
    ...tags.flatMap((tag) => ['--tag', tag]),
    ...(dockerfile === undefined ? [] : ['--file', dockerfile]),
    ...optionsOf(project, build),
    ...platformsOf(service, build).flatMap((platform) => ['--platform', platform]),
    ...secrets,
    privateAddress('context', build.context),
  ];
  return { argv, needs: rareOptions(argv.slice(2)), reads, files };
}

/**
 * Options of `docker build` that the classic builder, the BuildKit within Docker 20.10 or the buildx plugin lacks. The
 * first two lack most; all but that BuildKit know --shm-size and --ulimit, which it ignores.
 */
function rareOptions(words: readonly Argument[]): readonly string[] {
  const { options } = readOptions('build', words.map(givenText));
  const names = options.map(({ name }) => name).filter((name) => optionOf('build', name)?.rare);
  return [...new Set(names)].sort();
}

/** The service's value goes before that of its build, as in docker compose up. */
function platformsOf({ platform }: Service, build: Build): readonly string[] {
  return platform === undefined ? build.platforms : [platform];
}

/** The parts of a build that Docker cannot do, or that only some builders can. */
export function checkBuild(project: Project, service: Service): Diagnostic[] {
  const { build } = service;
  if (build === undefined) return [];
  const findings = [
    ...checkBuilder(build),
    ...checkContexts(project, service),
    ...checkPlatforms(service, build),
    ...checkAgent(project, service, build),
    ...checkSecrets(project, build),
  ];
  return findingsAt(project, `services.${service.name}.build`, findings);
}

function checkBuilder(build: Build): ServiceFinding[] {
  const keys = {
    secrets: build.secrets.length > 0,
    ssh: build.ssh.length > 0,
    additional_contexts: build.contexts.size > 0,
    cache_to: build.cacheTo.length > 0,
    entitlements: build.entitlements.length > 0,
  };
  const [key] = Object.entries(keys).flatMap(([name, is]) => (is ? [name] : []));
  const findings: ServiceFinding[] = [];
  if (key !== undefined) {
    findings.push({
      path: `.${key}`,
      severity: 'note',
      code: 'build-needs-buildkit',
      message: `${key} is known to BuildKit only: a host whose Docker lacks it cannot build this image`,
      remedy: 'Install the buildx plugin there (Debian: docker-buildx) if `docker buildx version` fails',
    });
  }
  if (build.network !== undefined && !['default', 'host', 'none'].includes(build.network)) {
    findings.push({
      path: '.network',
      severity: 'warning',
      code: 'build-network',
      message: `BuildKit joins no network but default, host and none: only the classic builder joins ${build.network}`,
      remedy: 'Write one of those three, or set DOCKER_BUILDKIT=0 for dockunit build',
    });
  }
  return findings;
}

function checkPlatforms(service: Service, build: Build): ServiceFinding[] {
  const { platforms } = build;
  if (service.platform !== undefined && platforms.length > 0 && !platforms.includes(service.platform)) {
    return [
      {
        path: '.platforms',
        code: 'build-platforms',
        message: `the service runs on ${service.platform}, which is none of the platforms it is built for`,
        remedy: `Add ${service.platform} to them, or remove one of the two keys`,
      },
    ];
  }
  if (platformsOf(service, build).length <= 1) return [];
  return [
    {
      path: '.platforms',
      code: 'build-platforms',
      message: 'an image of several platforms cannot be loaded into one Docker',
      remedy: 'Name the platform of the host alone, or as `platform:` of the service',
    },
  ];
}

/** The agent belongs to a person's login; units have none. */
function checkAgent(project: Project, service: Service, build: Build): ServiceFinding[] {
  if (build.ssh.every(({ path }) => path !== undefined)) return [];
  return [
    {
      path: '.ssh',
      severity: 'note',
      code: 'build-ssh-agent',
      message: `the unit ${imageUnit(project, service.name)} knows no ssh agent: only dockunit build has yours`,
      remedy: `Run dockunit build ${service.name} before the first start, or name a key: \`- default=PATH\``,
    },
  ];
}

function checkSecrets(project: Project, build: Build): ServiceFinding[] {
  return build.secrets.flatMap(({ source }, index): ServiceFinding[] => {
    const from = project.secrets.get(source)?.from;
    // The loader reports undefined ones.
    if (from === undefined || from.kind === 'file' || from.kind === 'content') return [];
    return [
      {
        path: `.secrets[${String(index)}]`,
        code: 'build-secret',
        message: `the secret ${source} is external, or a variable that is not set`,
        remedy: 'Define it under `secrets:` at the top, with a file or a variable that is set',
      },
    ];
  });
}

/**
 * The directories that a build reads: an archive of the units does not contain them, and another host may lack them.
 */
export function noteContexts(project: Project): Diagnostic[] {
  return [...project.services.values()].flatMap((service): Diagnostic[] => {
    const { build } = service;
    if (build?.context.startsWith('/') !== true) return [];
    const finding: ServiceFinding = {
      path: '',
      severity: 'note',
      code: 'build-context-left',
      message: `${build.context} does not go along with the units, and ${imageUnit(project, service.name)} builds from it`,
      remedy:
        'Copy the directory to the same path of the other host, or push the image and name it as `image:`',
    };
    return findingsAt(project, `services.${service.name}.build`, [finding]);
  });
}

function optionsOf(project: Project, build: Build): readonly Argument[] {
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
    ...Array.from(build.args, ([name, value]) => ['--build-arg', buildArgument(name, value)]).flat(),
    ...pairs('--label', build.labels),
    ...privatePairs(
      '--build-context',
      contextAddresses(project, build),
      (_name, address) => !hasCredentials(address),
    ),
    ...build.cacheFrom.flatMap((cache) => ['--cache-from', cacheArgument('cache_from', cache)]),
    ...build.cacheTo.flatMap((cache) => ['--cache-to', cacheArgument('cache_to', cache)]),
    ...repeat(
      '--ssh',
      build.ssh.map(({ id, path }) => (path === undefined ? id : `${id}=${path}`)),
    ),
    ...repeat('--allow', build.entitlements),
    ...build.extraHosts.flatMap(({ host, address }) => ['--add-host', `${host}:${address}`]),
    ...Array.from(build.ulimits, ([name, { soft, hard }]) => [
      '--ulimit',
      `${name}=${String(soft)}:${String(hard)}`,
    ]).flat(),
  ];
}

/**
 * Docker takes the value from its environment, so that no process list shows it. Exceptions: names that would change
 * what docker or the script around it does, and names that EnvironmentFile= cannot set: systemd.exec(5).
 */
function buildArgument(name: string, value: string): Argument {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !changesClient.test(name)) return privateVariable(name, value);
  const [part = ''] = privateWord(name, value);
  return [`${name}=`, part];
}

/** Names in lower case are variables of the script. The connection to Docker uses no proxy. */
const changesClient =
  /^(?:[a-z]+|PATH|HOME|IFS|ENV|BASH_ENV|SHELL|TMPDIR|LD_.*|DOCKER_.*|BUILDX_.*|BUILDKIT_.*|GO[A-Z]+|SSL_CERT_.*|XDG_.*|MAINPID|NOTIFY_SOCKET|LC_.*|LANG|LANGUAGE|PRIVATE_.*)$/;

function cacheArgument(key: string, cache: string): Argument {
  return isPublicCache(cache) ? cache : privateWord(key, cache);
}

function privateAddress(key: string, address: string): Argument {
  return hasCredentials(address) ? privateWord(key, address) : address;
}

function join(prefix: string, path: Argument): Argument {
  return typeof path === 'string' ? prefix + path : [prefix, ...path];
}
