#!/sbin/openrc-run
@MARK@
# shellcheck shell=sh disable=SC2016,SC2034 # the variables are for openrc-run, which evaluates $command

# Functions of openrc-run are programs that it has on the PATH.
PATH=@NODE@:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export PATH
name=dockunit
description="Starts what dockunit has enabled, and stops it in reverse order"
supervisor=supervise-daemon
dockunit=@DOCKUNIT@
command='"$dockunit"'
command_args=supervise
pidfile=/run/supervise-dockunit.pid
socket=/run/dockunit/control.sock
respawn_delay=1
output_log=/var/log/dockunit.log
error_log=/var/log/dockunit.log
# Each unit has its own time to stop in; this is for the case that all hangs.
retry=SIGTERM/900
extra_started_commands=reload

depend() {
  need docker
  use net logger
  after localmount firewall bootmisc
  # Nor do others, which wait for it to stop, give up after OpenRC's minute.
  keyword -timeout
}

orphan() { # sets pid: a supervisor that runs on, whose supervise-daemon was killed
  ! kill -s 0 "$(cat "$pidfile" 2>/dev/null)" 2>/dev/null || return
  for lock in /run/dockunit/lock.*; do
    read -r pid _ 2>/dev/null <"$lock" && grep -qx 'PPid:[[:space:]]*1' "/proc/$pid/status" 2>/dev/null &&
      (tr '\0' '\n' <"/proc/$pid/cmdline") 2>/dev/null | grep -qxF "$dockunit" && return
  done
  return 1
}

start_pre() {
  # Its containers continue to run, and the next one adopts them.
  ! orphan || kill -s KILL "$pid"
}

start_post() {
  tries=150
  until [ -n "$(find "$socket" -newer "$pidfile" 2>/dev/null)" ]; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { ewarn "dockunit does not answer yet; see $output_log"; return 0; }
    sleep 0.1
  done
}

stop() {
  # Before supervise-daemon, which forgets what it has not ended itself.
  if orphan; then
    kill -s TERM "$pid"
    while orphan; do sleep 0.1; done
  fi
  supervise_stop
}

reload() {
  ebegin "Having dockunit read its units again"
  supervise-daemon "$RC_SVCNAME" --signal HUP
  eend $?
}
