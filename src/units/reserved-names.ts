/**
 * Essential units of hosts, whose names dockunit never uses: a file of that name in /etc/systemd/system would replace
 * them (systemd.unit(5), UNIT FILE LOAD PATH).
 *
 * The list is part of how units are named, so it is the same everywhere: a file gives the same units on every host. It
 * contains the names in systemd.special(7), and the units of the base systems of Debian, Ubuntu and Fedora. For
 * optional packages (nginx, redis, postgresql) dockunit checks the host when it writes files.
 */

/** Whether a unit of that full name, or a template of it, is an essential unit of hosts. */
export function isReserved(unit: string): boolean {
  const plain = unit.replace(/@[^@]*(\.[a-z]+)$/, '$1');
  return prefixes.some((prefix) => plain.startsWith(prefix)) || reservedNames.has(plain);
}

/** Prefixes of the aliases for D-Bus names; the other names are systemd's own. */
const prefixes = ['systemd-', 'initrd', 'dbus-org.'] as const;

const services = [
  // Containers.
  ...['containerd', 'docker'],
  // Start, stop and logins.
  ...['autovt', 'capsule', 'console-getty', 'container-getty', 'debug-shell', 'display-manager', 'emergency'],
  ...['getty', 'getty-static', 'init', 'plymouth', 'rc', 'rc-local', 'rcS', 'rescue', 'serial-getty'],
  ...['system-update-cleanup', 'user', 'user-runtime-dir'],
  // Services that other services query.
  ...['accounts-daemon', 'dbus', 'dbus-broker', 'nscd', 'polkit', 'polkitd', 'sssd', 'syslog', 'rsyslog'],
  // Devices, disks and the kernel.
  ...['acpid', 'cryptdisks', 'cryptdisks-early', 'e2scrub', 'e2scrub_all', 'e2scrub_fail', 'e2scrub_reap'],
  ...['fstrim', 'hwclock', 'irqbalance', 'iscsid', 'kmod', 'kmod-static-nodes', 'ldconfig', 'lvm2-monitor'],
  ...[
    'mdmonitor',
    'modprobe',
    'multipathd',
    'procps',
    'quotaon',
    'quotaon-root',
    'smartd',
    'udev',
    'udisks2',
  ],
  ...['console-setup', 'keyboard-setup', 'x11-common'],
  // The network and the clock.
  ...['NetworkManager', 'NetworkManager-dispatcher', 'NetworkManager-wait-online', 'chrony', 'chronyd'],
  ...['dhcpcd', 'firewalld', 'ifup', 'ifupdown', 'ifupdown-pre', 'ifupdown-wait-online', 'iptables'],
  ...[
    'network',
    'networking',
    'nftables',
    'resolvconf',
    'ssh',
    'sshd',
    'sshd-keygen',
    'ufw',
    'wpa_supplicant',
  ],
  // Services that run by themselves.
  ...[
    'anacron',
    'apparmor',
    'apt-daily',
    'apt-daily-upgrade',
    'atd',
    'auditd',
    'cloud-config',
    'cloud-final',
  ],
  ...[
    'cloud-init',
    'cloud-init-local',
    'cron',
    'crond',
    'dpkg-db-backup',
    'logrotate',
    'man-db',
    'packagekit',
  ],
  ...['packagekit-offline-update', 'pam_namespace', 'snapd', 'sudo', 'unattended-upgrades'],
] as const;

/** systemd.special(7), and Debian's own. */
const targets = [
  ...[
    'basic',
    'blockdev',
    'bluetooth',
    'boot-complete',
    'cryptsetup',
    'cryptsetup-pre',
    'ctrl-alt-del',
    'default',
  ],
  ...[
    'emergency',
    'exit',
    'factory-reset',
    'final',
    'first-boot-complete',
    'getty',
    'getty-pre',
    'graphical',
  ],
  ...[
    'halt',
    'hibernate',
    'hybrid-sleep',
    'integritysetup',
    'integritysetup-pre',
    'kexec',
    'local-fs',
    'local-fs-pre',
    'machines',
  ],
  ...['multi-user', 'network', 'network-online', 'network-pre', 'nss-lookup', 'nss-user-lookup', 'paths'],
  ...[
    'poweroff',
    'printer',
    'reboot',
    'remote-cryptsetup',
    'remote-fs',
    'remote-fs-pre',
    'remote-veritysetup',
    'rescue',
    'rpcbind',
  ],
  ...['runlevel0', 'runlevel1', 'runlevel2', 'runlevel3', 'runlevel4', 'runlevel5', 'runlevel6', 'shutdown'],
  ...[
    'sigpwr',
    'sleep',
    'slices',
    'smartcard',
    'sockets',
    'soft-reboot',
    'sound',
    'ssh-access',
    'storage-target-mode',
  ],
  ...[
    'suspend',
    'suspend-then-hibernate',
    'swap',
    'sysinit',
    'system-update',
    'system-update-pre',
    'time-set',
  ],
  ...['time-sync', 'timers', 'tpm2', 'umount', 'usb-gadget', 'veritysetup', 'veritysetup-pre'],
] as const;

const reservedNames: ReadonlySet<string> = new Set([
  ...services.map((name) => `${name}.service`),
  ...targets.map((name) => `${name}.target`),
]);
