#!/bin/sh
# What the units of one project do with Docker. dockunit writes this file beside the units, and replaces it
# when a new version of dockunit brings another: change the Compose file, not this file.
#
#   /bin/sh NAME-run.sh VERB ARGUMENT...
#
# For any POSIX shell, dash and busybox among them. It needs docker, and nothing of dockunit.
set -u

# shellcheck disable=SC2016 # $MAINPID is text here
verbs='
  clean UNIT GRACE [FILTER...]         stop and remove the containers that UNIT left
  create COMMAND...                    run docker create, and print no id
  create-in-slice SLICE PATH COMMAND...  the same, below the slice of the project
  await-running CONTAINER              wait until the container runs, or $MAINPID is gone
  run CONTAINER                        start the container, and end with its exit code
  pre-stop CONTAINER COMMAND...        run a pre_stop hook while the container runs
  copy-files CONTAINER ARCHIVE         copy the files of a tar archive into the container
  pull IMAGE [OPTION...]               pull the image; use the one on disk where that fails
  pull-or-build IMAGE [OPTION...]      the same, before a build
  pull-missing IMAGE [OPTION...]       pull the image where it is not on disk
  pull-missing-or-build IMAGE [OPTION...]  the same, before a build
  build IMAGE NEEDS COMMAND...         build the image; NEEDS: options that not every builder has
  build-missing IMAGE NEEDS COMMAND... build the image where it is not on disk
  network NAME HASH TEMPLATE OPTION... create the network, again where its configuration changed
  volume NAME OPTION...                create the volume where there is none
  await-healthy CONTAINER LOOKS        wait for the health check; LOOKS: half seconds of bad health
  await-completed CONTAINER RETRIES    wait until the container exits with 0
  watch-health CONTAINER stop|kill     end the container when it turns unhealthy'

say() {
  printf '%s\n' "$*" >&2
}

# The unit is restarted soon: do not ask a registry or builder that refuses again at once.
refuse() {
  sleep 5
  exit 1
}

status_of() { # CONTAINER: created, running, paused, restarting, removing, exited or dead; nothing where it is gone
  docker inspect --type container --format '{{.State.Status}}' "$1" 2>/dev/null
}

has_image() { # IMAGE
  docker image inspect "$1" >/dev/null 2>&1
}

# --- containers ------------------------------------------------------------------------------------

# By label and not by name: never touches a container that is not the unit's. Without a filter the unit is the
# system's, and a container with the label of a user is of that user's manager.
clean() { # UNIT GRACE [FILTER...]
  unit=$1 grace=$2
  shift 2
  found=$(docker ps --all --filter "label=dockunit.unit=$unit" "$@" \
    --format '{{.ID}}{{with .Label "dockunit.user"}}:{{.}}{{end}}') || exit
  ids=
  for one in $found; do
    case $one in *:*) [ $# -gt 0 ] || continue ;; esac
    ids="$ids ${one%%:*}"
  done
  [ -n "$ids" ] || return 0
  # Once the container is removed, no one can ask Docker how it ended; $EXIT_STATUS: systemd.exec(5).
  if [ "${EXIT_STATUS-}" = 137 ]; then
    # shellcheck disable=SC2086 # ids
    case $(docker inspect --format '{{.State.OOMKilled}}' $ids) in
      *true*) say 'out of memory: the kernel killed a process of the container' ;;
    esac
  fi
  # shellcheck disable=SC2086 # ids
  docker stop -t "$grace" $ids >/dev/null && docker rm --force --volumes $ids >/dev/null
}

create() { # COMMAND...
  exec "$@" >/dev/null
}

# Docker's systemd driver takes a slice by name, its cgroupfs driver by path. Without systemd there is no slice;
# and in the unified hierarchy (version 2) systemd removes controllers from groups that are not its own. Docker
# takes as long to answer as to create the container, so it is asked once after each of its starts.
create_in_slice() { # SLICE PATH COMMAND...
  slice=$1 path=$2
  shift 2
  cgroups=
  known=/run/dockunit.cgroups
  if [ -d /run/systemd/system ]; then
    if [ -e /run/docker.pid ] && [ -n "$(find "$known" -newer /run/docker.pid 2>/dev/null)" ]; then
      read -r cgroups <"$known"
    fi
    if [ -z "$cgroups" ]; then
      cgroups=$(docker info --format '{{.CgroupDriver}} {{.CgroupVersion}}') || cgroups=
      if [ -n "$cgroups" ]; then
        { echo "$cgroups" >"$known.$$" && mv "$known.$$" "$known"; } 2>/dev/null
      fi
    fi
  fi
  client=$1 verb=$2
  shift 2
  case $cgroups in
    systemd*) set -- --cgroup-parent "$slice" "$@" ;;
    'cgroupfs 1') set -- --cgroup-parent "$path" "$@" ;;
  esac
  exec "$client" "$verb" "$@" >/dev/null
}

# A start makes the container leave `created`. A refused start ends the client ($MAINPID): then there is nothing to
# wait for.
await_running() { # CONTAINER
  while [ "$(status_of "$1")" = created ] && kill -0 "$MAINPID" 2>/dev/null; do sleep 0.05; done
}

# Does not copy the container's output: its logging driver does.
run() { # CONTAINER
  docker start "$1" >/dev/null && code=$(docker wait "$1") && exit "$code"
}

# A container that ended, is paused or is gone cannot run the command. One that fails must not prevent the stop.
pre_stop() { # CONTAINER COMMAND...
  container=$1
  shift
  [ "$(status_of "$container")" = running ] || exit 0
  "$@" || say "a pre_stop hook of $container failed with exit code $?; the container is stopped all the same"
}

# The paths of the archive begin at the root, as docker compose copies it.
copy_files() { # CONTAINER ARCHIVE
  exec docker cp - "$1:/" <"$2"
}

# --- images ----------------------------------------------------------------------------------------

# A service whose image is on disk has to start while its registry is away.
pull() { # HOW-IT-ENDS IMAGE [OPTION...]
  otherwise=$1 image=$2
  shift 2
  if has_image "$image"; then
    timeout 120 docker pull --quiet "$@" "$image" || say "could not pull $image: using the image on disk"
  else
    docker pull --quiet "$@" "$image" || "$otherwise" "$image"
  fi
}

pull_missing() { # HOW-IT-ENDS IMAGE [OPTION...]
  otherwise=$1 image=$2
  shift 2
  has_image "$image" || docker pull --quiet "$@" "$image" || "$otherwise" "$image"
}

# Docker has printed the reason.
leave_to_build() { # IMAGE
  say "could not pull $1: the next command builds it if it is missing"
}

# By BuildKit, as docker compose does, unless it is missing or lacks one of the options, which docker's help shows: the
# one within Docker 20.10 drops --shm-size in silence. Else by the classic builder, which docker then chooses itself.
build() { # IMAGE NEEDS COMMAND...
  image=$1 needs=$2 asked=${DOCKER_BUILDKIT-}
  shift 2
  export DOCKER_BUILDKIT="${asked:-1}"
  if ! builder_knows; then
    if [ -n "$asked" ] || ! { unset DOCKER_BUILDKIT && builder_knows; }; then
      say "cannot build $image: docker build${asked:+ with DOCKER_BUILDKIT=$asked} knows no ${lacks:-BuildKit} here" \
        "(needed: ${needs:-BuildKit}). Install the buildx plugin (Debian: docker-buildx)${asked:+, or unset DOCKER_BUILDKIT}"
      return 1
    fi
  fi
  "$@"
}

builder_knows() {
  lacks=
  help=$(docker build --help 2>/dev/null) || return
  for option in $needs; do
    case $help in
      *" $option "*) ;;
      *)
        lacks=$option
        return 1
        ;;
    esac
  done
}

# Only a missing image, so that no boot builds by surprise.
build_missing() { # IMAGE NEEDS COMMAND...
  has_image "$1" || build "$@" || refuse
}

# --- networks and volumes --------------------------------------------------------------------------

# Creates a network of dockunit again where its configuration has changed; uses a network of others as it is.
# TEMPLATE prints the hash of the configuration of a network that is dockunit's.
network() { # NAME HASH TEMPLATE OPTION...
  name=$1 hash=$2 template=$3
  shift 3
  if have=$(docker network inspect --format "$template" "$name" 2>/dev/null); then
    case $have in '' | "$hash") exit 0 ;; esac
    docker network rm "$name" >/dev/null || exit
  fi
  exec docker network create --label "dockunit.config=$hash" "$@" "$name"
}

# A volume that exists holds data: it is used as it is.
volume() { # NAME OPTION...
  name=$1
  shift
  docker volume inspect "$name" >/dev/null 2>&1 || exec docker volume create "$@" "$name"
}

# --- conditions ------------------------------------------------------------------------------------

# A restart may be in progress where the container is unhealthy, missing, or created and not started yet.
await_healthy() { # CONTAINER LOOKS
  bad=0
  while :; do
    bad=$((bad + 1))
    case $(docker inspect --type container --format \
      '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' "$1" 2>/dev/null) in
      *' healthy') exit 0 ;;
      *' starting') bad=0 ;;
      created*) ;;
      *' none')
        say "$1 has no health check to wait for"
        exit 1
        ;;
    esac
    if [ $bad -ge "$2" ]; then
      say "$1 is not healthy"
      exit 1
    fi
    sleep 0.5
  done
}

# A container that fails runs again under the same name, RETRIES times.
await_completed() { # CONTAINER RETRIES
  left=$2
  until code=$(docker wait "$1" 2>/dev/null) && [ "$code" = 0 ]; do
    if [ "$left" -le 0 ]; then
      say "$1 did not complete: exit code ${code:-unknown}"
      exit 1
    fi
    left=$((left - 1))
    sleep 1
  done
}

# The unit of the container restarts it. Events say when to look; the state at that moment decides, as a paused
# container turns unhealthy, and an event may be of an earlier container.
watch_health() { # CONTAINER stop|kill
  container=$1 ending=$2
  since=$(date +%s)
  {
    echo look
    exec docker events --since "$since" --filter type=container --filter "container=$container" \
      --filter event=health_status --format '{{.Action}}'
  } | while read -r _; do
    case $(docker inspect --type container --format '{{.State.Health.Status}} {{.State.Paused}}' \
      "$container" 2>/dev/null) in
      'unhealthy false')
        say "$container is unhealthy: restarting it"
        docker "$ending" "$container" >/dev/null
        ;;
      'unhealthy true') say "$container is unhealthy, but paused: left alone" ;;
    esac
  done
}

# --- verbs -----------------------------------------------------------------------------------------

verb=${1-help}
[ $# -eq 0 ] || shift
case $verb in
  clean) clean "$@" ;;
  create) create "$@" ;;
  create-in-slice) create_in_slice "$@" ;;
  await-running) await_running "$@" ;;
  run) run "$@" ;;
  pre-stop) pre_stop "$@" ;;
  copy-files) copy_files "$@" ;;
  pull) pull refuse "$@" ;;
  pull-or-build) pull leave_to_build "$@" ;;
  pull-missing) pull_missing refuse "$@" ;;
  pull-missing-or-build) pull_missing leave_to_build "$@" ;;
  build) build "$@" ;;
  build-missing) build_missing "$@" ;;
  network) network "$@" ;;
  volume) volume "$@" ;;
  await-healthy) await_healthy "$@" ;;
  await-completed) await_completed "$@" ;;
  watch-health) watch_health "$@" ;;
  help | --help | -h) printf 'Usage: /bin/sh %s VERB ARGUMENT...\n%s\n' "$0" "$verbs" ;;
  *)
    say "$0 has no verb $verb: the unit is of another version of dockunit than this file. Run: dockunit apply"
    exit 2
    ;;
esac
