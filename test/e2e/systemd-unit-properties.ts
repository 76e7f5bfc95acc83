/** Properties of many units from systemd over D-Bus, exact where `systemctl show` joins words. */
import { unitPath } from '../../src/host/systemd/unit-state.ts';
import type { Host } from './throwaway-host.ts';

export type UnitProperties = Readonly<Record<string, unknown>>;

/** Properties of the interfaces Unit and, of services, Service. */
export async function unitProperties(
  host: Host,
  names: readonly string[],
): Promise<ReadonlyMap<string, UnitProperties>> {
  const get =
    'busctl --json=short call org.freedesktop.systemd1 "$path" org.freedesktop.DBus.Properties GetAll s';
  const script = `while read -r path service; do ${get} org.freedesktop.systemd1.Unit </dev/null
    if [ "$service" = 1 ]; then ${get} org.freedesktop.systemd1.Service </dev/null; else echo '{"data":[{}]}'; fi; done`;
  const input = names.map((name) => `${unitPath(name)} ${name.endsWith('.service') ? '1' : '0'}\n`).join('');
  const lines = (await host.sh(script, { input, timeout: 300_000 })).split('\n');
  return new Map(
    names.map((name, index) => [
      name,
      { ...readReply(lines[2 * index]), ...readReply(lines[2 * index + 1]) },
    ]),
  );
}

function readReply(line: string | undefined): UnitProperties {
  const { data } = JSON.parse(line ?? '{"data":[{}]}') as {
    readonly data: readonly [Readonly<Record<string, { readonly data: unknown }>>];
  };
  return Object.fromEntries(Object.entries(data[0]).map(([key, variant]) => [key, variant.data]));
}
