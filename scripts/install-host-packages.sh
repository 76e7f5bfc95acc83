#!/bin/bash
# Install what throwaway hosts need from Debian's own packages. Says what it installs; does nothing
# when all is there; starts no service and leaves none enabled, because the machine is not a host.
set -euo pipefail

packages=(
  docker.io docker-registry iptables iproute2 # the hosts' engine, registry and networks
  systemd systemd-sysv dbus dbus-user-session libpam-systemd # their init, system and per user
  debootstrap         # makes the root of the other Debian release
  socat sqlite3 busybox-static # what the test images are made of
  curl python3-minimal strace # for asking, and for stand-ins that record what they are given
  openssh-server openssh-client # one host drives another
  tmux man-db shellcheck zsh fish # terminals to watch, pages and scripts to check, shells to complete in
  procps util-linux e2fsprogs
)
# Units these packages would have the machine start at its next boot.
services=(docker.service docker.socket containerd.service docker-registry.service ssh.service ssh.socket)

[ "$(id -u)" = 0 ] || { echo "$0: installing packages needs root" >&2; exit 1; }
[ -e /etc/debian_version ] || { echo "$0: this is for Debian" >&2; exit 1; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
missing=()
for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "installing Debian packages for throwaway hosts: ${missing[*]}"
log=$(mktemp)
policy=/usr/sbin/policy-rc.d
made_policy=no
cleanup() {
  [ $made_policy = no ] || rm -f "$policy"
  rm -f "$log"
}
trap cleanup EXIT
if [ ! -e $policy ]; then # the documented way to install a service without starting it
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
  made_policy=yes
fi
disable=()
for service in "${services[@]}"; do
  systemctl is-enabled "$service" >/dev/null 2>&1 || disable+=("$service")
done

export DEBIAN_FRONTEND=noninteractive
# An image's package lists are often absent or stale, and then the first attempt fails.
quiet_install() { # another apt may be at work
  apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}"
}
if ! quiet_install </dev/null >"$log" 2>&1; then
  { apt-get update -qq && quiet_install; } </dev/null >"$log" 2>&1 || { tail -40 "$log" >&2; exit 1; }
fi
# systemctl itself may have come with the packages, so what is enabled now and was not before is ours
systemctl --quiet disable "${disable[@]}" >/dev/null 2>&1 || true
