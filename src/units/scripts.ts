/**
 * The shell scripts that units run: constants for a POSIX /bin/sh. Varying values are positional parameters ($0, $1…),
 * so that no value from a specification is ever quoted for a shell.
 */
import type { Argument, Command } from './unit-set.ts';

/** A restart of this unit follows soon: do not ask a registry or builder that refuses again at once. */
const refuse = '{ sleep 5; exit 1; }';
/** Docker has printed the reason. */
const leaveToBuild = 'echo "could not pull $0: building it if need be" >&2';

const pullMissing = (otherwise: string): string =>
  `docker image inspect "$0" >/dev/null 2>&1 || docker pull --quiet "$@" "$0" || ${otherwise}`;
const pullAlways = (otherwise: string): string =>
  'if docker image inspect "$0" >/dev/null 2>&1; then timeout 120 docker pull --quiet "$@" "$0" || ' +
  'echo "could not pull $0: using the image on disk" >&2; ' +
  `else docker pull --quiet "$@" "$0" || ${otherwise}; fi`;

/**
 * `build OPTIONS COMMAND…`: by BuildKit, as docker compose does, unless it is missing or lacks one of the options,
 * which docker's help shows: the one within Docker 20.10 silently drops --shm-size. Else by the classic builder, which
 * docker then chooses itself; its warnings are true only then.
 */
const defineBuild =
  'knows() { help=$(docker build --help 2>/dev/null) || return; for option in $needs; do ' +
  'case $help in *" $option "*) ;; *) lacks=$option; return 1;; esac; done; }; ' +
  'build() { needs=$1 asked=$DOCKER_BUILDKIT; shift; export DOCKER_BUILDKIT="${asked:-1}"; ' +
  'knows || { [ -z "$asked" ] && unset DOCKER_BUILDKIT && knows; } || { ' +
  'echo "cannot build $0: docker build${asked:+ with DOCKER_BUILDKIT=$asked} knows no ${lacks:-BuildKit} here" ' +
  '"(needed: ${needs:-BuildKit}). Install the buildx plugin (Debian: docker-buildx)${asked:+, or unset DOCKER_BUILDKIT}" ' +
  '>&2; return 1; }; "$@"; }; ';

/** Each script, by its purpose. */
const scripts = {
  /**
   * $0 unit, $1 grace in seconds, then further filters. By label and not by name: never touches a container that is not
   * dockunit's. When it removes a container, Docker forgets how it ended: where the kernel may have killed it
   * ($EXIT_STATUS, systemd.exec(5)), the script asks first.
   */
  removeContainers:
    'grace=$1; shift; ids=$(docker ps --all --quiet --filter "label=dockunit.unit=$0" "$@") || exit; ' +
    '[ -z "$ids" ] || [ "$EXIT_STATUS" != 137 ] || ' +
    'case $(docker inspect --format "{{.State.OOMKilled}}" $ids) in *true*) ' +
    'echo "out of memory: the kernel killed a process of the container" >&2;; esac; ' +
    '[ -z "$ids" ] || { docker stop -t "$grace" $ids && docker rm --force --volumes $ids; } >/dev/null',

  /** $0 and on: a command whose output is useless, like the id of the container that docker creates. */
  quietly: 'exec "$0" "$@" >/dev/null',

  /**
   * $0 slice, $1 its path, then docker create. Docker's systemd driver takes a slice by name, its cgroupfs driver by
   * path. Without systemd there is no slice; and in the unified hierarchy of version 2, systemd removes controllers
   * from groups that are not its own. The script asks Docker once after each start of Docker, since that takes as long
   * as to create the container.
   */
  createInSlice:
    'path=$1 memo=/run/dockunit.cgroups cgroups=; shift 3; if [ -d /run/systemd/system ]; then ' +
    '[ -e /run/docker.pid ] && [ "$memo" -nt /run/docker.pid ] && read -r cgroups <"$memo"; ' +
    '[ -n "$cgroups" ] || { cgroups=$(docker info --format "{{.CgroupDriver}} {{.CgroupVersion}}") && ' +
    '{ echo "$cgroups" >"$memo.$$" && mv "$memo.$$" "$memo"; } 2>/dev/null; }; fi; ' +
    'case $cgroups in systemd*) set -- --cgroup-parent "$0" "$@";; ' +
    '"cgroupfs 1") set -- --cgroup-parent "$path" "$@";; esac; exec docker create "$@" >/dev/null',

  /**
   * $0 container. Ends when the container has left `created`, which its start causes, or when the client ($MAINPID) is
   * gone, which a refused start causes: then there is nothing to wait for.
   */
  awaitRunning:
    'while [ "$(docker inspect --type container --format "{{.State.Status}}" "$0")" = created ] ' +
    '&& kill -0 "$MAINPID" 2>/dev/null; do sleep 0.05; done',

  /**
   * $0 container, then the command. A container that ended, is paused or is gone cannot run it; and a failing command
   * must not keep the container from being stopped.
   */
  runPreStop:
    '[ "$(docker inspect --type container --format "{{.State.Status}}" "$0" 2>/dev/null)" = running ] || exit 0; ' +
    '"$@" || echo "a pre_stop hook of $0 failed with exit code $?: stopping it all the same" >&2',

  /** $0 container. Ends when the container ends, without copying its output: the journald driver does. */
  startDetached: 'docker start "$0" >/dev/null && code=$(docker wait "$0") && exit "$code"',

  /** $0 image, then options of docker pull. Uses no network when the image is on disk. */
  pullMissing: pullMissing(refuse),

  /** As pullMissing, but the next command builds what cannot be pulled. */
  pullMissingOrBuild: pullMissing(leaveToBuild),

  /**
   * $0 image, then options of docker pull. A service whose image is on disk must start during an outage of the
   * registry.
   */
  pullAlways: pullAlways(refuse),

  /** As pullAlways, but the next command builds what cannot be pulled. */
  pullAlwaysOrBuild: pullAlways(leaveToBuild),

  /** $0 image, then as `build`: builds only a missing image, so that no boot builds by surprise. */
  buildMissing: `${defineBuild}docker image inspect "$0" >/dev/null 2>&1 || build "$@" || ${refuse}`,

  /** $0 image, $1 options that only some builders know, separated by spaces, then the command that builds it. */
  build: `${defineBuild}build "$@"`,

  /**
   * $0 network, $1 hash of its configuration, $2 template that prints the label with the hash, then the options.
   * Recreates a network of dockunit whose configuration has changed; uses a network that was created elsewhere
   * unchanged.
   */
  createNetwork:
    'hash=$1 label=$2; shift 2; if have=$(docker network inspect --format "$label" "$0" 2>/dev/null); then ' +
    'case $have in ""|"$hash") exit 0;; esac; docker network rm "$0" >/dev/null || exit; fi; ' +
    'exec docker network create --label "dockunit.config=$hash" "$@" "$0"',

  /** $0 volume, then the options. Uses an existing volume unchanged: it holds data. */
  createVolume: 'docker volume inspect "$0" >/dev/null 2>&1 || exec docker volume create "$@" "$0"',

  /**
   * $0 container, $1 for how many half seconds it may be unhealthy or missing: a restart may be in progress then, also
   * where a container is created and not started yet, for which docker reports no health. Waits while the health check
   * is starting.
   */
  awaitHealthy:
    'bad=0; while :; do bad=$((bad+1)); case $(docker inspect --type container --format ' +
    '"{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}" "$0" 2>/dev/null) in ' +
    '*" healthy") exit 0;; *" starting") bad=0;; created*) ;; ' +
    '*" none") echo "$0 has no health check to wait for" >&2; exit 1;; esac; ' +
    '[ $bad -lt "$1" ] || { echo "$0 is not healthy" >&2; exit 1; }; sleep 0.5; done',

  /**
   * $0 container, $1 how it is stopped (`stop` or `kill`). Its own unit restarts the stopped container. Events say when
   * to look; the action depends on the state at that moment, since a paused container turns unhealthy, and an event may
   * be from an earlier container.
   */
  watchHealth:
    'since=$(date +%s); { echo look; exec docker events --since "$since" --filter type=container ' +
    '--filter "container=$0" --filter event=health_status --format "{{.Action}}"; } | while read -r _; do ' +
    'case $(docker inspect --type container --format "{{.State.Health.Status}} {{.State.Paused}}" "$0" 2>/dev/null) in ' +
    '"unhealthy false") echo "$0 is unhealthy: restarting it" >&2; docker "$1" "$0" >/dev/null;; ' +
    '"unhealthy true") echo "$0 is unhealthy, but paused: left alone" >&2;; esac; done',

  /** $0 container, $1 tar archive. The archive's paths start at the root, as docker compose copies it. */
  copyFiles: 'exec docker cp - "$0:/" <"$1"',

  /** $0 container, $1 how many times it may fail: it runs again then, under the same name. */
  awaitCompleted:
    'left=$1; until code=$(docker wait "$0" 2>/dev/null) && [ "$code" = 0 ]; do [ "$left" -gt 0 ] || ' +
    '{ echo "$0 did not complete: exit code ${code:-unknown}" >&2; exit 1; }; left=$((left-1)); sleep 1; done',
} as const;

export type ScriptName = keyof typeof scripts;

/** `/bin/sh -c SCRIPT $0 $1…` as a command. */
export function scriptCommand(
  name: ScriptName,
  parameters: readonly Argument[],
  options: { readonly ignoreFailure?: boolean } = {},
): Command {
  return {
    ignoreFailure: options.ignoreFailure ?? false,
    argv: ['/bin/sh', '-c', scripts[name], ...parameters],
  };
}

/** Which of the scripts a command runs, if any: the supervisor and `status` distinguish gates by it. */
export function scriptOf(command: Command): ScriptName | undefined {
  const [shell, flag, text] = command.argv;
  if (shell !== '/bin/sh' || flag !== '-c') return undefined;
  return (Object.keys(scripts) as ScriptName[]).find((name) => scripts[name] === text);
}
