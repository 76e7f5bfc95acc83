/** A mount as HostConfig.Mounts shows it → the value of `--mount` (docker/cli, opts/mount.go). */
import { type InspectRecord, isOn, recordAt, textAt, textMapAt } from './inspected.ts';

/** `type=volume,source=data,target=/data,readonly`. */
export function mountWords(mount: unknown): string {
  const [source, target] = [textAt(mount, 'Source'), textAt(mount, 'Target')];
  const bind = recordAt(mount, 'BindOptions');
  const volume = recordAt(mount, 'VolumeOptions');
  const tmpfs = recordAt(mount, 'TmpfsOptions');
  const driver = textAt(volume, 'DriverConfig', 'Name');
  const mode = tmpfs['Mode'];
  const fields = [
    `type=${textAt(mount, 'Type')}`,
    ...(source === '' ? [] : [`source=${source}`]),
    `target=${target}`,
    ...(isOn(mount, 'ReadOnly') ? ['readonly'] : []),
    ...field('bind-propagation', textAt(bind, 'Propagation')),
    ...recursion(bind),
    ...(isOn(volume, 'NoCopy') ? ['volume-nocopy'] : []),
    ...field('volume-subpath', textAt(volume, 'Subpath')),
    ...field('volume-driver', driver),
    ...pairs('volume-opt', textMapAt(volume, 'DriverConfig', 'Options')),
    ...pairs('volume-label', textMapAt(volume, 'Labels')),
    ...field('image-subpath', textAt(mount, 'ImageOptions', 'Subpath')),
    ...field('tmpfs-size', textAt(tmpfs, 'SizeBytes').replace(/^0$/, '')),
    ...(typeof mode === 'number' && mode !== 0 ? [`tmpfs-mode=${mode.toString(8)}`] : []),
  ];
  return fields.map(quoteField).join(',');
}

function recursion(bind: InspectRecord): readonly string[] {
  if (isOn(bind, 'NonRecursive')) return ['bind-recursive=disabled'];
  if (isOn(bind, 'ReadOnlyNonRecursive')) return ['bind-recursive=writable'];
  return isOn(bind, 'ReadOnlyForceRecursive') ? ['bind-recursive=readonly'] : [];
}

function field(name: string, value: string): readonly string[] {
  return value === '' ? [] : [`${name}=${value}`];
}

function pairs(name: string, values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).map(([key, value]) => `${name}=${key}=${value}`);
}

/** RFC 4180. */
function quoteField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
