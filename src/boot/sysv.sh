#!/bin/sh
### BEGIN INIT INFO
# Provides:          dockunit
# Required-Start:    $local_fs $remote_fs $network docker
# Required-Stop:     $local_fs $remote_fs $network docker
# Should-Start:      $syslog $time
# Should-Stop:       $syslog
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Containers of dockunit
# Description:       Starts what dockunit has enabled, and stops it in reverse order.
### END INIT INFO
@MARK@

PATH=@NODE@:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
keeper=@INIT@
pidfile=/run/dockunit.pid
socket=/run/dockunit/control.sock
log=/var/log/dockunit.log

running() { # sets pid
  pid=$(cat "$pidfile" 2>/dev/null) && [ -n "$pid" ] &&
    (tr '\0' '\n' <"/proc/$pid/cmdline") 2>/dev/null | grep -qxF "$keeper"
}
answers() { # the socket is this one's own, not what another left behind
  [ -S "$socket" ] && [ -n "$(find "$socket" -newer "$pidfile" 2>/dev/null)" ]
}

start() {
  if running; then
    echo "dockunit runs already (process $pid)"
    return 0
  fi
  setsid "$keeper" </dev/null >>"$log" 2>&1 &
  echo $! >"$pidfile"
  tries=150
  until answers; do
    tries=$((tries - 1))
    if [ $tries = 0 ] || { [ $tries -lt 140 ] && ! running; }; then
      echo "dockunit does not start; see $log" >&2
      return 1
    fi
    sleep 0.1
  done
  echo "dockunit runs (process $!)"
}
stop() {
  if ! running; then
    echo "dockunit does not run"
    return 0
  fi
  kill -s TERM "$pid"
  # Each unit has its own time to stop in; this is for the case that all hangs.
  tries=9000
  while running; do
    tries=$((tries - 1))
    if [ $tries = 0 ]; then
      echo "dockunit (process $pid) does not stop; see $log" >&2
      return 1
    fi
    sleep 0.1
  done
  rm -f "$pidfile"
  echo "dockunit has stopped"
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  restart) stop && start ;;
  try-restart | condrestart) if running; then stop && start; fi ;;
  reload | force-reload)
    running || { echo "dockunit does not run" >&2; exit 7; }
    kill -s HUP "$pid" ;;
  status)
    if running; then echo "dockunit runs (process $pid)"; exit 0; fi
    echo "dockunit does not run"
    [ ! -e "$pidfile" ] || exit 1
    exit 3 ;;
  *)
    echo "usage: $0 start|stop|restart|try-restart|reload|force-reload|status" >&2
    exit 2 ;;
esac
