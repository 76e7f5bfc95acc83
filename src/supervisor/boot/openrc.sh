#!/sbin/openrc-run
@MARK@
# shellcheck shell=sh disable=SC2034 # the variables are for openrc-run

# Functions of openrc-run are programs that it has on the PATH.
PATH=@NODE@:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export PATH
name=dockunit
description="Starts what dockunit has enabled, and stops it in reverse order"
supervisor=supervise-daemon
command=@DOCKUNIT@
command_args=supervise
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
}

reload() {
  ebegin "Having dockunit read its units anew"
  supervise-daemon "$RC_SVCNAME" --signal HUP
  eend $?
}
