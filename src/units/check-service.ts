/**
 * Checks for values that the docker client would change: it splits options at `=` and `:`, and ignores an option with
 * some values.
 */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Mount, Project, Service } from '../compose/project.ts';
import { needsMountOption } from './docker-arguments.ts';

export type ServiceFinding = Pick<Diagnostic, 'code' | 'message' | 'remedy'> & {
  /** Below the service, or below its other source. */
  readonly path: string;
  readonly severity?: Diagnostic['severity'];
};

/** All such values in one service, each at its place. */
export function checkService(project: Project, service: Service): Diagnostic[] {
  const findings = [
    ...checkImage(service),
    ...checkKeys(service),
    ...service.volumes.flatMap((mount, index) => checkMount(mount, index)),
    ...checkEntrypoint(service),
    ...checkHealthTest(service),
    ...checkBuildPolicy(service),
    ...checkJob(service),
  ];
  return findingsAt(project, `services.${service.name}`, findings);
}

/** The findings as diagnostics, each at its place below `base`; errors unless they say otherwise. */
export function findingsAt(
  project: Project,
  base: string,
  findings: readonly ServiceFinding[],
): Diagnostic[] {
  return findings.map(({ path: below, ...finding }) => {
    const path = `${base}${below}`;
    const position = project.where(path);
    return { severity: 'error', ...finding, path, ...(position && { position }) };
  });
}

function checkImage(service: Service): ServiceFinding[] {
  const { image } = service;
  if (image === undefined) {
    // A built service needs no image, and a provided one has its own finding.
    if (service.keys.includes('build') || service.keys.includes('provider')) return [];
    return [
      {
        path: '',
        code: 'image-missing',
        message: `the service ${service.name} names no image`,
        remedy: 'Give it an `image:`',
      },
    ];
  }
  if (/^[A-Za-z0-9][^\s\p{Cc}]*$/u.test(image)) return [];
  return [
    {
      path: '.image',
      code: 'image-invalid',
      message: `${JSON.stringify(image)} is no name of an image`,
      remedy: 'Write it as NAME:TAG or REGISTRY/NAME:TAG',
    },
  ];
}

/** Names that the client would cut at a separator, by the option they become part of. */
function checkKeys(service: Service): ServiceFinding[] {
  const groups: readonly { path: string; names: Iterable<string>; unfit: RegExp; what: string }[] = [
    { path: '.labels', names: service.labels.keys(), unfit: /^$|[=\s]/, what: 'an `=` or white space' },
    {
      path: '.annotations',
      names: service.annotations?.keys() ?? [],
      unfit: /^$|=/,
      what: 'an `=`',
    },
    { path: '.sysctls', names: service.sysctls?.keys() ?? [], unfit: /^$|=/, what: 'an `=`' },
    { path: '.storage_opt', names: service.storageOpt?.keys() ?? [], unfit: /^$|=/, what: 'an `=`' },
    { path: '.logging.options', names: service.logging?.options.keys() ?? [], unfit: /^$|=/, what: 'an `=`' },
    { path: '.ulimits', names: service.ulimits.keys(), unfit: /^$|=/, what: 'an `=`' },
    { path: '.extra_hosts', names: service.extraHosts.map(({ host }) => host), unfit: /^$|:/, what: 'a `:`' },
  ];
  return groups.flatMap(({ path, names, unfit, what }) =>
    [...names]
      .filter((name) => unfit.test(name))
      .map((name) => ({
        path,
        code: 'name-unfit',
        message: `the name ${JSON.stringify(name)} is empty or holds ${what}, where docker would end it`,
        remedy: 'Choose another name',
      })),
  );
}

function checkMount(mount: Mount, index: number): ServiceFinding[] {
  const path = `.volumes[${index}]`;
  const findings: ServiceFinding[] = [];
  const sources = mount.type === 'tmpfs' ? [] : [mount.source ?? ''];
  if ([...sources, mount.target].some((value) => value.includes('\r\n'))) {
    findings.push({
      path,
      code: 'mount-path-unfit',
      message: 'a path with a carriage return before a newline cannot be handed to docker',
      remedy: 'Rename the path',
    });
  }
  if (mount.type !== 'bind' || !needsMountOption(mount)) return findings;
  if (mount.selinux !== undefined) {
    findings.push({
      path,
      code: 'mount-selinux',
      message: `docker relabels for SELinux (${mount.selinux}) only what --volume can mount`,
      remedy: 'Drop it, or what only --mount can say: `create_host_path: false`, `recursive`, a colon',
    });
  }
  if (mount.createHostPath) {
    findings.push({
      path,
      severity: 'warning',
      code: 'mount-not-created',
      message: `docker cannot create ${mount.source}, since only --mount can say the rest`,
      remedy: 'Create the directory, e.g. with ExecStartPre= under x-systemd',
    });
  }
  return findings;
}

function checkEntrypoint(service: Service): ServiceFinding[] {
  if (service.entrypoint === undefined) return [];
  const [first, ...rest] = service.entrypoint;
  const refuse = (message: string, remedy: string): ServiceFinding[] => [
    { path: '.entrypoint', code: 'entrypoint-empty', message, remedy },
  ];
  if (first === '' && rest.length > 0) {
    return refuse(
      'an empty program with arguments would only clear the image’s entrypoint',
      'Name the program first',
    );
  }
  // docker compose keeps the image's command here; the client's --entrypoint '' clears it, too.
  if (!first && (service.command ?? []).length === 0) {
    return refuse(
      'an empty entrypoint without a command leaves docker nothing to run',
      'Write the program under `command:`',
    );
  }
  return [];
}

function checkHealthTest(service: Service): ServiceFinding[] {
  const { healthcheck } = service;
  if (healthcheck === undefined || healthcheck.disable || healthcheck.test === undefined) return [];
  const { test } = healthcheck;
  const finding = { path: '.healthcheck.test', code: 'health-test-empty' };
  const remedy = 'Write the command, or `disable: true`';
  if (test.form === 'shell' && test.command === '')
    return [{ ...finding, severity: 'warning', message: 'an empty health test always passes', remedy }];
  if (test.form === 'shell' || (test.argv[0] ?? '') !== '') return [];
  return [{ ...finding, message: 'a health test without a program always fails', remedy }];
}

/** A swarm does neither: a job is complete when it has ended successfully. */
function checkJob({ isJob, restart }: Service): ServiceFinding[] {
  if (isJob !== true || restart === undefined || restart.policy === 'no' || restart.policy === 'on-failure')
    return [];
  return [
    {
      path: '.deploy.mode',
      severity: 'warning',
      code: 'job-restart',
      message: 'a job runs to its end once, so it is not restarted whatever its end',
      remedy: 'Write the condition `on-failure`, with `max_attempts`, to have it tried again, or `none`',
    },
  ];
}

/** A build on the boot path would be a surprise, so a start never rebuilds an existing image. */
function checkBuildPolicy(service: Service): ServiceFinding[] {
  if (service.pullPolicy !== 'build') return [];
  return [
    {
      path: '.pull_policy',
      severity: 'warning',
      code: 'build-once',
      message: `the image of ${service.name} is built where it is missing, not at every start`,
      remedy: `Run dockunit build ${service.name} to build it again`,
    },
  ];
}
