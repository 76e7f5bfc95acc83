/**
 * Every difference between what docker compose makes and what the units make that is accepted, with
 * its reason. What nothing here takes in counts as different.
 */
import { splitShellWords } from '../../src/compose/shell-words.ts';
import { type Difference, isList, isMap } from './differences.ts';
import type { Json } from './facts.ts';

export interface Accepted {
  readonly name: string;
  readonly reason: string;
  matches(difference: Difference): boolean;
}

type Sides = (compose: Json | undefined, ours: Json | undefined, difference: Difference) => boolean;

/** A pattern over `services/Config/Labels/KEY`: the kind of thing, then the path within it. */
const at =
  (pattern: RegExp, condition: Sides = () => true) =>
  (difference: Difference): boolean =>
    pattern.test([kindOf(difference), ...difference.path].join('/')) &&
    condition(difference.compose, difference.ours, difference);

const kindOf = ({ of }: Difference): string => of.slice(0, of.indexOf('.'));

const isEmpty = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  (isList(value) && value.length === 0) ||
  (isMap(value) && Object.keys(value).length === 0);

export const accepted: readonly Accepted[] = [
  {
    name: 'identity labels',
    reason: 'each tool marks what it made by labels of its own',
    matches: at(/^(services\/Config|networks|volumes)\/Labels\/(com\.docker\.compose|dockunit)\.[^/]+$/),
  },
  {
    name: 'restart policy',
    reason: 'restarting is systemd’s: two supervisors would fight over a container',
    matches: at(/^services\/HostConfig\/RestartPolicy\/(Name|MaximumRetryCount)$/, (_compose, ours) =>
      [undefined, 'no', 0].includes(ours as string),
    ),
  },
  {
    name: 'slice',
    reason:
      'a project’s containers are in its own slice, so that systemd’s limits and accounting reach them; a `cgroup_parent` of the file is kept',
    matches: at(
      /^services\/HostConfig\/CgroupParent$/,
      (compose, ours) => compose === '' && typeof ours === 'string' && /^\/?[a-z0-9_\\]+\.slice$/.test(ours),
    ),
  },
  {
    name: 'nothing and empty',
    reason: 'Docker reads an empty list or map as it reads none',
    matches: at(/./, (compose, ours) => isEmpty(compose) && isEmpty(ours)),
  },
  {
    name: 'time of making',
    reason: 'one is made after the other',
    matches: at(/^(networks\/Created|volumes\/CreatedAt)$/),
  },
  {
    name: 'name as alias',
    reason:
      'compose adds the container’s name to its aliases, by which any network of its own knows it already',
    matches: at(/^services\/Networks\/[^/]+\/Aliases$/, (compose, ours, { of }) => {
      const own = `<${of.slice('services.'.length)}>`;
      const others = (value: Json | undefined): string =>
        [...new Set(isList(value) ? value : [])]
          .filter((alias) => alias !== own)
          .sort()
          .join();
      return others(compose) === others(ours);
    }),
  },
  {
    name: 'DNS names before start',
    reason:
      'a network connected at creation has none until the start, one connected afterwards has them at once',
    matches: at(/^services\/Networks\/[^/]+\/DNSNames$/, isEmpty),
  },
  {
    name: 'address before start',
    reason:
      'compose writes a fixed address (IPAMConfig, which is compared) also where Docker puts the one it gives at start, an IPv6 address even as the gateway',
    matches: at(
      /^services\/Networks\/[^/]+\/(IPAddress|GlobalIPv6Address|IPv6Gateway)$/,
      (_compose, ours) => ours === '',
    ),
  },
  {
    name: 'links by number',
    reason:
      'compose lets a linked service be called by its container’s name and number, too; the name is found anyway',
    matches: at(/^services\/Networks\/[^/]+\/Links$/, (compose, ours) => {
      const own = isList(ours) ? ours : [];
      const more = (isList(compose) ? compose : []).filter((link) => !own.includes(link));
      const found = own.every((link) => isList(compose) && compose.includes(link));
      return found && more.every((link) => /^<(.+)#(\d+)>:(<\1#\2>|\1-\2)$/.test(link as string));
    }),
  },
  {
    name: 'anonymous volumes have names',
    reason:
      'a unit makes its container again at every start: by its name the volume, and what is in it, is found again',
    matches: (difference) =>
      at(
        /^services\/HostConfig\/Binds and Mounts\/.+\/source$/,
        (compose, ours) => compose === '' && isNamedAnonymous(ours),
      )(difference) ||
      at(
        /^services\/Mounts\/.+\/Name$/,
        (compose, ours) => isId(compose) && isNamedAnonymous(ours),
      )(difference) ||
      at(
        /^services\/Mounts\/.+\/Source$/,
        (compose, ours) => isId(volumeIn(compose)) && isNamedAnonymous(volumeIn(ours)),
      )(difference) ||
      at(
        /^volumes$/,
        (compose, _ours, { of }) => compose === undefined && isNamedAnonymous(of.slice('volumes.'.length)),
      )(difference),
  },
  {
    name: 'entrypoint of several words',
    reason:
      'docker create takes one word as the entrypoint; the others begin the command, and Docker runs the two one after the other',
    matches: at(/^services\/Config\/(Entrypoint|Cmd)$/, (_compose, _ours, { facts }) => {
      const [theirs, own] = [facts.compose, facts.ours].map(
        (all) => ((all as Fields)['Config'] ?? {}) as Fields,
      );
      const words = ({ Entrypoint, Cmd }: Fields): Json[] => [...asList(Entrypoint), ...asList(Cmd)];
      if (theirs === undefined || own === undefined || asList(own['Entrypoint']).length !== 1) return false;
      return asList(theirs['Entrypoint']).length > 1 && words(theirs).join('\0') === words(own).join('\0');
    }),
  },
  {
    name: 'health check in exec form',
    reason:
      'the docker client takes a health check as a shell command only, so the words are quoted into one',
    matches: at(/^services\/Config\/Healthcheck\/Test(\/\d+)?$/, (_compose, _ours, { facts }) => {
      const [theirs, own] = [facts.compose, facts.ours].map((all) => healthTestOf(all));
      return (
        theirs?.[0] === 'CMD' && own?.[0] === 'CMD-SHELL' && isSameCommand(theirs.slice(1), own[1] ?? '')
      );
    }),
  },
  {
    name: 'sources of long bind mounts',
    reason:
      'docker compose 2.26 creates them for the short form only, later ones and the units for both (compose-spec, create_host_path)',
    matches: at(
      /^services\/HostConfig\/Binds and Mounts\/.+\/createsSource$/,
      (compose, ours) => compose === undefined && ours === true,
    ),
  },
  {
    name: 'attachment of standard input',
    reason:
      'docker create --interactive marks the container for the client that makes it; the units start it without one, so its standard input is as open as compose’s',
    matches: at(/^services\/Config\/(AttachStdin|StdinOnce)$/, (compose, ours, { facts }) => {
      const opens = [facts.compose, facts.ours].map(
        (all) => ((all as Fields)['Config'] as Fields)['OpenStdin'],
      );
      return compose === false && ours === true && opens.every((open) => open === true);
    }),
  },
  {
    name: 'CDI devices',
    reason:
      'docker compose 2.26 takes a name such as nvidia.com/gpu=all for a path on the host, at which no container starts; the docker client asks for the device',
    matches: at(/^services\/HostConfig\/(Devices|DeviceRequests)$/, (_compose, _ours, { facts }) => {
      const [theirs, own] = [facts.compose, facts.ours].map((all) => (all as Fields)['HostConfig'] as Fields);
      if (theirs === undefined || own === undefined) return false;
      const devices = asList(theirs['Devices']) as readonly Fields[];
      const named = devices.filter((device) => isCdiName(device['PathOnHost']));
      const rest = devices.filter((device) => !isCdiName(device['PathOnHost']));
      const asked = (asList(own['DeviceRequests']) as readonly Fields[]).flatMap((request) =>
        request['Driver'] === 'cdi' ? asList(request['DeviceIDs']) : [],
      );
      return (
        named.length > 0 &&
        JSON.stringify(rest) === JSON.stringify(asList(own['Devices'])) &&
        named.every((device) => asked.includes(device['PathOnHost'] ?? null))
      );
    }),
  },
];

type Fields = Readonly<Record<string, Json | undefined>>;

function asList(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

/** Container Device Interface, SPEC.md: vendor.com/class=name. */
const isCdiName = (value: unknown): boolean =>
  typeof value === 'string' && /^[^/=]+\/[^/=]+=[^/=]+$/.test(value);
const isId = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isNamedAnonymous = (value: unknown): boolean =>
  typeof value === 'string' && /^corpus_.+_[0-9a-f]{16}$/.test(value);
const volumeIn = (path: unknown): string | undefined =>
  /^\/var\/lib\/docker\/volumes\/([^/]+)\/_data$/.exec(String(path))?.[1];

function healthTestOf(facts: Json | undefined): readonly string[] | undefined {
  const { Healthcheck } = ((facts as Fields)['Config'] ?? {}) as Fields;
  return (Healthcheck as Fields | undefined)?.['Test'] as readonly string[] | undefined;
}

/** Whether a shell would run just these words. */
function isSameCommand(words: readonly string[], command: string): boolean {
  const split = splitShellWords(command.replace(/^exec /, ''));
  return split.ok && split.words.join('\0') === words.join('\0');
}

/** What is written in several ways for one meaning, and read as that meaning before it is compared. */
export const alike = [
  {
    name: 'mount options',
    reason:
      '`--volume` and `--mount` are Binds and Mounts of one meaning; what Docker makes of them (Mounts of the container) is compared as it is, but for `rw` and `ro` in Mode, which only a Bind has: the field RW says it for both',
  },
  {
    name: 'subnets Docker picked',
    reason: 'where the file names none, each new network gets the next free one',
  },
  {
    name: 'order of maps',
    reason: 'variables, limits and mounts are found by name; compose keeps them in maps without an order',
  },
  { name: 'exposed ports', reason: '`80` is `80/tcp`, and a range its ports' },
] as const;
