/** Two throwaway hosts with a wire between them, and a root on one that may log in to the other over ssh. */
import { execa } from 'execa';
import type { Host } from './throwaway-host.ts';

/** Addresses of the two ends; each host has its own network, so that they clash with no one's. */
const addresses = { from: '10.99.0.1', to: '10.99.0.2' } as const;

/** Lays the wire and starts an sshd on `to`; what connectBySsh made on its disk is there already. */
export async function layWire(from: Host, to: Host): Promise<void> {
  const [here, there] = [await from.processId(), await to.processId()].map(String);
  // Names in a network of their own; only while they are made they stand beside each other.
  const wire = `wire${String(here)}`;
  // That of a power cut may be there for a moment yet.
  await from.sh(`ip link del ${wire}a 2>/dev/null || true`);
  await execa('ip', [
    ...['link', 'add', `${wire}a`, 'netns', String(here), 'type', 'veth'],
    ...['peer', 'name', `${wire}b`, 'netns', String(there)],
  ]);
  await from.sh(`ip addr add ${addresses.from}/24 dev ${wire}a; ip link set ${wire}a up`);
  await to.sh(`ip addr add ${addresses.to}/24 dev ${wire}b; ip link set ${wire}b up`);
  await to.sh('mkdir -p /run/sshd; ssh-keygen -A >/dev/null; /usr/sbin/sshd');
}

/**
 * Lays the wire, starts an sshd on `to`, and gives root of `from` a key for root and bob there, a user who
 * may do nothing. ~/.ssh/config of root on `from` knows them as `there` and `bob`; `closed` is a port where
 * no one listens, `stranger` a user without a key.
 */
export async function connectBySsh(from: Host, to: Host): Promise<void> {
  const key = await from.sh(
    'rm -rf /root/.ssh; mkdir -m 700 /root/.ssh; ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id; cat /root/.ssh/id.pub',
  );
  await from.writeFile('/root/.ssh/config', config, 0o600);
  await to.sh(
    `useradd --create-home bob; usermod --shell /bin/sh root
     for home in /root /home/bob; do
       rm -rf $home/.ssh; mkdir -m 700 $home/.ssh; printf '%s\\n' "$KEY" >$home/.ssh/authorized_keys
     done
     chown -R bob: /home/bob/.ssh`,
    { env: { KEY: key } },
  );
  await layWire(from, to);
}

const host = (name: string, user: string, port = 22): string =>
  `Host ${name}\n  HostName ${addresses.to}\n  User ${user}\n  Port ${String(port)}\n`;

const config = `${host('there', 'root')}${host('bob', 'bob')}${host('closed', 'root', 2222)}${host('stranger', 'games')}Host *
  IdentityFile /root/.ssh/id
  StrictHostKeyChecking accept-new
  ConnectTimeout 10
`;
