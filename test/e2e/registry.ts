import type { Host } from './throwaway-host.ts';

/** Debian's docker-registry on the host's loopback, to which Docker speaks plain HTTP by itself. */
export interface Registry {
  /** `127.0.0.1:5000`; an image is `${address}/name:tag` */
  readonly address: string;
  /** Push a local image; what its reference stands for on the host stays unchanged. Gives the reference to pull. */
  push(localImage: string, name?: string): Promise<string>;
  /** Accept connections and answer none, until `resume`: what a slow registry is to a client. */
  stall(): Promise<void>;
  resume(): Promise<void>;
  /** Connections are refused until `start`; what was pushed stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const configFile = '/etc/docker/registry/throwaway.yml';
const pidFile = '/run/throwaway-registry.pid';

/** What a registry with a login asks for: the one user it knows. */
export const registryLogin = { user: 'ann', password: 'open sesame' } as const;
/** Of the password, in the one form that docker-registry reads; crypt(5). */
const passwordHash = '$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW';
const passwordFile = '/etc/docker/registry/throwaway.htpasswd';

/** Start a registry; it does not come back by itself after a reboot: `start()` it again. */
export async function startRegistry(
  host: Host,
  { port = 5000, login = false }: { readonly port?: number; readonly login?: boolean } = {},
): Promise<Registry> {
  const address = `127.0.0.1:${port}`;
  // Debian's own config asks for a password; this is the least that serves pushes and pulls.
  const config = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: '/var/lib/throwaway-registry' } },
    http: { addr: address },
    ...(login && { auth: { htpasswd: { realm: 'throwaway', path: passwordFile } } }),
  };
  if (login) await host.writeFile(passwordFile, `${registryLogin.user}:${passwordHash}\n`);
  await host.writeFile(configFile, JSON.stringify(config));

  const signal = (name: string) => host.sh(`kill -${name} "$(cat ${pidFile})"`);
  const user = `${registryLogin.user}:${registryLogin.password}`;
  const answers = async () =>
    (await host.exec(['curl', '-sfm', '2', '-u', user, `http://${address}/v2/`])).exitCode === 0;
  const registry: Registry = {
    address,
    start: async () => {
      // A daemon under any init, outside the session of the command that starts it
      await host.sh(
        `setsid sh -c 'echo $$ >${pidFile}; exec docker-registry serve ${configFile}' >/var/log/registry.log 2>&1 </dev/null &`,
      );
      await host.until('its registry answers', answers, (ok) => ok);
    },
    stop: async () => {
      await signal('KILL');
      await host.until('its registry is gone', answers, (ok) => !ok);
    },
    stall: async () => {
      await signal('STOP');
    },
    resume: async () => {
      await signal('CONT');
    },
    push: async (localImage, name = localImage) => {
      const reference = `${address}/${name}`;
      await host.sh(
        'before=$(docker image inspect --format "{{.Id}}" "$REFERENCE" 2>/dev/null || true); ' +
          'docker tag "$LOCAL" "$REFERENCE"; docker push --quiet "$REFERENCE"; docker rmi "$REFERENCE" >/dev/null; ' +
          '[ -z "$before" ] || docker tag "$before" "$REFERENCE"; sync -f /var/lib/throwaway-registry',
        { env: { LOCAL: localImage, REFERENCE: reference } },
      );
      return reference;
    },
  };
  await registry.start();
  return registry;
}
