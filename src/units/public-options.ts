/**
 * The options whose values are no secrets, so that a unit can show them. All others are private: dockunit cannot know
 * in which options a driver or a plugin takes a password.
 */
import type { Volume } from '../compose/project.ts';

/** Of a logging driver: docs.docker.com, "Configure logging drivers". */
export function isPublicLogOption(key: string, value: string): boolean {
  const pattern =
    /^(?:max-(?:size|file|buffer-size)|compress|mode|tag|(?:labels|env)(?:-regex)?|cache-[a-z-]+|(?:syslog|gelf|fluentd|gcp)-[a-z-]+|awslogs-[a-z-]+|splunk-(?!token$)[a-z-]+)$/;
  return pattern.test(key) && !hasCredentials(value);
}

/** Of a network's driver, docs.docker.com, "Network drivers"; also for endpoints. */
export function isPublicNetworkOption(key: string, value: string): boolean {
  const pattern = /^(?:com\.docker\.network\..+|parent|(?:macvlan|ipvlan)_(?:mode|flag)|encrypted|mtu)$/;
  return pattern.test(key) && !hasCredentials(value);
}

/** Of a volume's driver. The local one passes `o` on to mount(2), or to a mount helper. */
export function isPublicVolumeOption({ driver = 'local' }: Volume): (key: string, value: string) => boolean {
  return (key, value) => {
    if (driver === 'local' && key === 'o') return value.split(',').every(isPublicMountOption);
    return /^(?:type|device|size|mountpoint)$/.test(key) && !hasCredentials(value);
  };
}

/**
 * A word alone is a switch; of options with a value, those that cannot be a password: mount(8), nfs(5), mount.cifs(8).
 */
function isPublicMountOption(option: string): boolean {
  const pattern =
    /^(?:(?:mount|client)?addr|(?:nfs|mount)?vers|minorversion|(?:mount)?proto|(?:mount)?port|[rwb]size|timeo|retrans|retry|ac(?:reg|dir)(?:min|max)|actimeo|sec|lookupcache|local_lock|nconnect|[ug]id|(?:file_|dir_)?mode|[ufd]mask|size|nr_(?:inodes|blocks)|iocharset|cache|lowerdir|upperdir|workdir|data|commit|errors|subvol|subvolid|compress)=/;
  return /^[a-z0-9_-]*$/i.test(option) || pattern.test(option);
}

/** Of a build's cache: `type=registry,ref=…`. */
export function isPublicCache(cache: string): boolean {
  const pattern =
    /^(?:type|ref|src|dest|mode|tag|digest|region|bucket|name|scope|compression|oci-mediatypes)=/;
  const fields = cache.includes('=') ? cache.split(',') : [];
  return fields.every((field) => pattern.test(field)) && !hasCredentials(cache);
}

/**
 * Whether an address contains a user or a query, either of which may be a secret. A user alone is no secret where a key
 * logs in (`ssh://git@host`), but elsewhere the user may be a token.
 */
export function hasCredentials(address: string): boolean {
  const [, scheme = '', user = ''] = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#]*)@)?/is.exec(address) ?? [];
  if (scheme === '') return /^[^/:]*:[^/]*@/.test(address);
  const isKey = /(?:^|\+)ssh$/.test(scheme) && !user.includes(':');
  return (user !== '' && !isKey) || address.includes('?');
}
