#!/bin/bash
# The main job from a bare clone, on a throwaway host: Compose file → systemd units → running containers.
#
#   npm run demo                     install what is missing (announced), build, boot a host, show it all
#   npm run demo -- --no-systemd     the same on a host without systemd: dockunit supervises the units
#   npm run demo -- --units          no host: only what the examples compile to
#   npm run demo -- --help           this text
#
# The host has a dockerd, and a systemd, of its own over a copy-on-write view of this machine, gone
# when the demo ends. On the machine itself packages may be installed, and nothing else is touched.
# Without root or Debian there is no host, and the demo shows what --units shows.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

usage() { sed -n '2,/^set /s/^# \{0,1\}//p' scripts/demo.sh | head -n -1; }

main() {
  local why=''
  require_node
  say "${bold}dockunit${plain} compiles a Compose file into systemd units for Docker containers." ''
  heading 'Preparing'
  if [ "$units_only" = yes ]; then
    why='asked for with --units'
  elif [ "$(id -u)" != 0 ]; then
    why='the host needs root'
  elif [ ! -e /etc/debian_version ]; then
    why='the host is made of Debian, and this machine is none'
  else
    scripts/install-host-packages.sh
    why=$(test/e2e/host able) && why=''
  fi
  [ node_modules/.package-lock.json -nt package-lock.json ] ||
    quietly 'installing node_modules (npm ci)' npm ci --no-progress --no-audit --no-fund
  if dist_is_old; then
    quietly 'building dist' node scripts/build.mjs
  fi
  if [ -z "$why" ]; then show_on_host; else show_units "$why"; fi
}

dist_is_old() {
  local entry
  entry=$(find dist -maxdepth 1 -name 'cli.[cm]js' 2>/dev/null) && [ -n "$entry" ] || return 0
  [ -n "$(find src package.json scripts/build.mjs -newer "$entry" -print -quit)" ]
}

show_on_host() {
  boot_host
  echo
  show_project
  [ $init = systemd ] || show_supervisor_begin
  show_apply
  show_query
  show_crash
  [ $init = systemd ] || show_supervisor_killed
  show_stop
  [ $init = systemd ] || show_supervisor_end
  end_host
  summary
}

show_project() {
  heading 'A SQLite server and a proxy that requires it'
  show 'cat compose.yaml'
  heading 'Its image, made of Debian'\''s own sqlite3 and socat'
  show './build-image.sh'
}

show_apply() {
  heading 'Compile, install and start, now and at boot'
  show 'dockunit apply'
  show 'dockunit status'
  heading 'What it installed: plain unit files that run without dockunit'
  # shellcheck disable=SC2016 # sed's end of a line, and of the file
  show 'sed "/^\$/,\$d" /etc/systemd/system/sqliteproxy.service'
  show 'dockunit graph'
}

show_query() {
  heading 'A query over TCP'
  wait_for_sql
  show "$(sql "create table fruit (name, price); insert into fruit values ('apple', 3), ('pear', 4);")"
  show "$(sql 'select * from fruit; select sum(price) from fruit;')"
}

show_crash() {
  local old
  heading 'The server is killed, and comes back by itself'
  old=$(running_proxy)
  # shellcheck disable=SC2016 # expanded on the host
  show 'kill -9 "$(docker inspect --format "{{.State.Pid}}" sqliteserver)"'
  wait_for_new_proxy "$old"
  wait_for_sql
  show "$(sql 'select sum(price) from fruit;')"
  show 'dockunit status'
  show 'dockunit logs -n 10 sqliteserver'
  [ $init = systemd ] || show 'dockunit why sqliteproxy'
}

show_stop() {
  heading 'Stop: what requires the server stops before it'
  show 'dockunit stop sqliteserver'
  show 'docker ps --all'
  heading 'Start: the proxy brings up the server that it requires'
  show 'dockunit start sqliteproxy'
}

# --- without systemd -------------------------------------------------------------------------------

show_supervisor_begin() {
  heading 'No systemd here: dockunit itself runs the same units'
  begin_supervisor
}

show_supervisor_killed() {
  local before
  heading 'The supervisor is killed: containers run on, and the next one takes them over'
  show "$running_containers"
  before=$(run_line "$running_containers")
  # shellcheck disable=SC2016 # expanded on the host
  show 'kill -9 "$(pgrep -xf "node .*dockunit supervise")"'
  begin_supervisor
  show 'dockunit status'
  show "$running_containers"
  [ "$(run_line "$running_containers")" = "$before" ] || fail 'the same containers'
}

show_supervisor_end() {
  heading 'The supervisor ends: whatever runs is stopped first, in reverse order'
  # shellcheck disable=SC2016 # expanded on the host
  show 'kill "$(pgrep -xf "node .*dockunit supervise")"'
  wait_until 'it has ended' '! pgrep -xf "node .*dockunit supervise"'
  show 'cat /var/log/dockunit.log'
  show 'docker ps --all'
}

running_containers='docker inspect --format "{{.Name}} {{slice .Id 0 12}} since {{.State.StartedAt}}" sqliteserver sqliteproxy'
begin_supervisor() { # its socket comes a moment after it
  show 'dockunit supervise >>/var/log/dockunit.log 2>&1 &'
  wait_until 'it answers' 'dockunit status'
  echo
}

# --- the host --------------------------------------------------------------------------------------

boot_host() {
  host=demo-$$
  quietly "booting a throwaway host: Debian 12, its ${init/plain/SysV init} and its Docker" \
    test/e2e/host up $host --init $init --owner $$
  # A copy, so that nothing on the host can write to this checkout, wherever it lies.
  tar -c bin dist examples | test/e2e/host exec $host sh -c '
    mkdir -p /opt/dockunit && tar -x --no-same-owner -C /opt/dockunit && ln -sf /opt/dockunit/bin/dockunit.js /usr/local/bin/dockunit'
}
summary() {
  heading 'That was it'
  say "In $(seconds_since "$demo_started") s: compiled, started in order, queried, killed, recovered, stopped and started again; the host is gone."
  if [ $init = systemd ]; then
    say 'For your own compose.yaml, on a host with systemd and Docker, as root:'
  else
    say 'For your own compose.yaml, on a host with Docker and any init, as root:'
  fi
  next 'npm link' 'puts dockunit on the PATH'
  [ $init = systemd ] || next 'dockunit supervise --install --now' 'begins the supervisor, now and at every boot'
  next 'dockunit apply' 'installs and starts the services, now and at boot'
}
next() { printf '  %s%-43s%s%s\n' "$bold" "$1" "$plain" "$2"; } # COMMAND WHAT

show_units() { # WHY: what can be shown on any machine
  local example
  say "No throwaway host: $1. Shown instead: what the examples compile to." ''
  on_host=no
  for example in sqlite todo; do
    directory=$PWD/examples/$example
    heading "examples/$example"
    show 'cat compose.yaml'
    show 'dockunit generate'
    show 'dockunit graph'
  done
  heading 'That was it'
  say 'Where a host can boot, as root on Debian, the demo runs such units under a real systemd and Docker.'
}

# --- showing ---------------------------------------------------------------------------------------

bold='' dim='' red='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' plain=$'\e[0m'; fi

say() { printf '%s\n' "$@"; }
heading() { printf '%s── %s%s\n' "$bold" "$*" "$plain"; }
seconds_since() { # EPOCHREALTIME
  local ms=$(((${EPOCHREALTIME//[.,]/} - ${1//[.,]/}) / 1000))
  printf '%d.%d' $((ms / 1000)) $((ms / 100 % 10))
}

directory=/opt/dockunit/examples/sqlite
on_host=yes
show() { # COMMAND-LINE: print it, then run it as printed in $directory, and end the demo if it fails
  printf '%s$ %s%s\n' "$bold" "$1" "$plain"
  run_line "$1" 2>&1 || fail "$1"
  echo
}
run_line() { # COMMAND-LINE
  if [ $on_host = no ]; then
    (PATH=$bin:$PATH && cd "$directory" && bash -c "$1")
  else
    test/e2e/host exec "$host" env ${NO_COLOR:+NO_COLOR="$NO_COLOR"} -C "$directory" bash -c "$1"
  fi </dev/null
}
quietly() { # WHAT COMMAND...: its output only if it fails
  local started=$EPOCHREALTIME
  printf '%s… ' "$1"
  if "${@:2}" >"$work/log" 2>&1 </dev/null; then say "${dim}$(seconds_since "$started") s${plain}"; return; fi
  echo
  cat "$work/log"
  fail "$1"
}
fail() { # WHAT
  say "${red}The demo failed at: $1${plain}" >&2
  exit 1
}

sql() { printf 'echo "%s" | socat -t 5 - TCP:127.0.0.1:12346' "$1"; }
wait_for_sql() { # a container that runs may not listen yet
  wait_until 'SQL answers' "[ \"\$(timeout 1 bash -c '$(sql 'select 6*7;')')\" = 42 ]"
}
running_proxy() { run_line 'docker ps --quiet --filter name=sqliteproxy'; }
wait_for_new_proxy() { # OLD-ID. Queries meanwhile would only hold up its stop, by lookups of a server that is gone.
  wait_until 'both run again' "id=\$(docker ps --quiet --filter name=sqliteproxy) && [ -n \"\$id\" ] && [ \"\$id\" != $1 ]"
}
wait_until() { # WHAT COMMAND-LINE
  local started=$EPOCHREALTIME deadline=$((SECONDS + 60))
  until run_line "$2" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || fail "$1 within 60 s"
    sleep 0.1
  done
  say "${dim}$1 after $(seconds_since "$started") s${plain}"
}

# --- beginning and end -----------------------------------------------------------------------------

require_node() {
  node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null ||
    { echo 'dockunit needs Node 20 or newer: see https://nodejs.org/en/download' >&2; exit 1; }
}
end_host() {
  [ -z "$host" ] || test/e2e/host down "$host"
  host=
}
finish() {
  end_host
  rm -rf "$work"
}

init=systemd units_only=no
for argument in "$@"; do
  case $argument in
    --no-systemd) init=plain ;;
    --units) units_only=yes ;;
    -h | --help) usage; exit ;;
    *) { echo "error: the demo has no option '$argument'"; usage; } >&2; exit 2 ;;
  esac
done

host=
demo_started=$EPOCHREALTIME
work=$(mktemp -d)
bin=$work/bin
mkdir "$bin"
ln -s "$PWD/bin/dockunit.js" "$bin/dockunit"
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
main
