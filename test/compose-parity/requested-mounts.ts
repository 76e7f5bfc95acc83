/**
 * HostConfig.Binds and HostConfig.Mounts → the mounts they ask for, by target: `--volume` and
 * `--mount` are two spellings, of which docker compose and dockunit choose by other rules.
 */
import type { Json } from './facts.ts';

type Fields = Readonly<Record<string, Json | undefined>>;

/** Every field of MountOptions of the Engine API is carried over, those that say nothing are left out. */
export function requestedMounts({ Binds, Mounts }: Fields): Json {
  const binds = ((Binds ?? []) as readonly string[]).map(readBind);
  const mounts = ((Mounts ?? []) as readonly Fields[]).map(readMount);
  return Object.fromEntries([...binds, ...mounts].map((mount) => [mount['target'], mount])) as Json;
}

/** `source:target:options`, docker-container-create(1), --volume. A path as source is a bind, a name a volume. */
function readBind(bind: string): Fields {
  const [source = '', target = '', words = ''] = bind.split(':');
  const options = words.split(',').filter((word) => word !== '' && word !== 'rw');
  const isPath = source.startsWith('/');
  const others = options.filter((option) => option !== 'ro');
  return present({
    type: isPath ? 'bind' : 'volume',
    source: withoutSlash(source),
    target: withoutSlash(target),
    readOnly: options.includes('ro') || undefined,
    options: others.length > 0 ? [...others].sort() : undefined,
    createsSource: isPath || undefined,
  });
}

function readMount(mount: Fields): Fields {
  const { Type, Source, Target, ReadOnly, BindOptions, VolumeOptions, TmpfsOptions, ...rest } = mount;
  const { Propagation, CreateMountpoint, ...bind } = (BindOptions ?? {}) as Fields;
  const { NoCopy, Labels, DriverConfig, ...volume } = (VolumeOptions ?? {}) as Fields;
  const options = [Propagation, NoCopy === true ? 'nocopy' : undefined].filter(
    (option) => option !== undefined && option !== '',
  ) as string[];
  return present({
    ...rest,
    ...bind,
    ...volume,
    ...(TmpfsOptions as Fields | undefined),
    type: Type,
    source: withoutSlash((Source ?? '') as string),
    target: withoutSlash(Target as string),
    readOnly: ReadOnly === true || undefined,
    options: options.length > 0 ? options.sort() : undefined,
    createsSource: CreateMountpoint === true || undefined,
    labels: Labels,
    driverConfig: DriverConfig,
  });
}

/** `/data/` is `/data`. */
function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

function present(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
}
