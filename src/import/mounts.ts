/**
 * `--volume`, `--mount` and `--tmpfs` of `docker run` → `volumes` of a service and the volumes they
 * name (docker-container-run(1); docs.docker.com, "Bind mounts", "Volumes").
 */
import { posix as path } from 'node:path';
import { cutAt, readCsv, splitAt } from './compose-text.ts';
import { append, type ImportDraft, refuseValue, type VolumeDraft, type Yaml } from './draft.ts';

/** `[SOURCE:]TARGET[:OPTIONS]`: a source with a slash or a dot in front is a path, else a volume's name. */
export function takeVolume(draft: ImportDraft, value: string): void {
  const [first = '', ...rest] = splitAt(value, ':');
  if (rest.length > 2 || first === '' || rest.includes('')) {
    refuseValue(draft, 'volume', value, 'Write SOURCE:TARGET[:OPTIONS]');
    return;
  }
  if (rest.length === 0) append(draft, 'volumes', value);
  else if (isPath(first)) append(draft, 'volumes', [absolutePath(draft, first), ...rest].join(':'));
  else {
    declareVolume(draft, first);
    append(draft, 'volumes', value);
  }
}

/** A variable such as ${PWD} stands for a path: a volume's name must be declared, so it must be known. */
function isPath(source: string): boolean {
  return /^(?:[/.~]|\$\{)/.test(source);
}

/** docker resolves relative paths from the working directory of its caller; Compose from the file. */
export function absolutePath(draft: ImportDraft, text: string): string {
  return /^(?:\/|\$\{|~)/.test(text)
    ? text
    : path.resolve(draft.surroundings.workingDirectory.replaceAll('$', '$$$$'), text);
}

function declareVolume(draft: ImportDraft, name: string, more: VolumeDraft = {}): void {
  draft.volumes.set(name, { ...draft.volumes.get(name), ...more });
}

interface MountFields {
  type: string;
  source?: string;
  target?: string;
  readOnly: boolean;
  readonly bind: Record<string, Yaml>;
  readonly volume: Record<string, Yaml>;
  readonly image: Record<string, Yaml>;
  readonly tmpfs: Record<string, Yaml>;
  driver?: string;
  readonly driverOpts: Record<string, string>;
  readonly labels: Record<string, string>;
}

type TakeMountField = (mount: MountFields, value: string, draft: ImportDraft) => void;

const source: TakeMountField = (mount, value) => (mount.source = value);
const target: TakeMountField = (mount, value) => (mount.target = value);
const readOnly: TakeMountField = (mount, value) => (mount.readOnly = isTrue(value));
const pairOf =
  (part: 'driverOpts' | 'labels'): TakeMountField =>
  (mount, value) => {
    const [name, rest = ''] = cutAt(value, '=');
    mount[part][name] = rest;
  };
const into =
  (part: 'bind' | 'image' | 'volume' | 'tmpfs', key: string): TakeMountField =>
  (mount, value) =>
    (mount[part][key] = value);

/** Fields of `--mount`; docker/cli, opts/mount.go. */
const mountFields = {
  type: (mount, value) => (mount.type = value.toLowerCase()),
  source,
  src: source,
  target,
  destination: target,
  dst: target,
  readonly: readOnly,
  ro: readOnly,
  consistency: (_mount, value, draft) => {
    draft.report(
      'note',
      'done-by-unit',
      `the consistency \`${value}\` of a mount is left out: on Linux a mount is always consistent`,
      'Nothing needs to be done',
    );
  },
  'bind-propagation': into('bind', 'propagation'),
  'bind-recursive': (mount, value) => {
    if (value !== 'enabled') mount.bind['recursive'] = value;
  },
  'bind-nonrecursive': (mount, value) => {
    if (isTrue(value)) mount.bind['recursive'] = 'disabled';
  },
  'volume-nocopy': (mount, value) => (mount.volume['nocopy'] = isTrue(value)),
  'volume-subpath': into('volume', 'subpath'),
  'volume-label': pairOf('labels'),
  'volume-driver': (mount, value) => (mount.driver = value),
  'volume-opt': pairOf('driverOpts'),
  'image-subpath': into('image', 'subpath'),
  'tmpfs-size': into('tmpfs', 'size'),
  // Quoted and with a leading zero, Compose reads it in octal as docker does.
  'tmpfs-mode': (mount, value) => (mount.tmpfs['mode'] = value.replace(/^0*/, '0')),
} satisfies Record<string, TakeMountField>;

const isTrue = (value: string): boolean => value === '' || value === '1' || value.toLowerCase() === 'true';

/** `type=TYPE,source=SOURCE,target=TARGET[,FIELD=VALUE…]`. */
export function takeMount(draft: ImportDraft, value: string): void {
  const mount: MountFields = {
    ...{ type: 'volume', readOnly: false, bind: {}, volume: {}, image: {}, tmpfs: {} },
    ...{ driverOpts: {}, labels: {} },
  };
  const fields = readCsv(value);
  for (const field of fields ?? []) {
    const [name, setting = ''] = cutAt(field, '=');
    const take = (mountFields as Readonly<Record<string, TakeMountField>>)[name.toLowerCase()];
    if (take !== undefined) take(mount, setting, draft);
    else refuseValue(draft, 'mount', value, `See docker run’s --mount: it has no field ${name}`);
  }
  if (fields === undefined || mount.target === undefined) {
    refuseValue(draft, 'mount', value, 'Write type=TYPE,source=SOURCE,target=TARGET');
    return;
  }
  append(draft, 'volumes', longMount(draft, mount, mount.target));
}

function longMount(draft: ImportDraft, mount: MountFields, target: string): Yaml {
  const { type, source, readOnly, bind, volume, image, tmpfs } = mount;
  const common = { target, ...(readOnly && { read_only: true }) };
  switch (type) {
    case 'bind': {
      // Unlike --volume, --mount does not create a missing source.
      const options = { create_host_path: false, ...bind };
      return { type, source: absolutePath(draft, source ?? ''), ...common, bind: options };
    }
    case 'volume':
      return {
        type,
        ...(source !== undefined && { source }),
        ...common,
        ...volumePart(draft, mount, volume),
      };
    default: {
      const options = type === 'tmpfs' ? { tmpfs } : { image };
      const [[, own = {}] = []] = Object.entries(options);
      return {
        type,
        ...(source !== undefined && { source }),
        ...common,
        ...(Object.keys(own).length > 0 && options),
      };
    }
  }
}

/** Driver and labels belong to the volume itself: they are written where the volume is declared. */
function volumePart(
  draft: ImportDraft,
  { source, driver, driverOpts, labels }: MountFields,
  options: Readonly<Record<string, Yaml>>,
): Record<string, Yaml> {
  const own = {
    ...(driver !== undefined && driver !== '' && { driver }),
    ...(Object.keys(driverOpts).length > 0 && { driver_opts: driverOpts }),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
  if (source !== undefined && source !== '') declareVolume(draft, source, own);
  else if (Object.keys(own).length > 0) {
    draft.report(
      'warning',
      'option-lost',
      'driver, options and labels of an anonymous volume have no place in a Compose file',
      'Give the volume a name: source=NAME',
    );
  }
  return Object.keys(options).length > 0 ? { volume: options } : {};
}
