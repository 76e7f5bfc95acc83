/**
 * Every difference between what docker compose makes and what the units make that is accepted, with
 * its reason. What nothing here takes in counts as different.
 */
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
    name: 'nothing and empty',
    reason: 'the engine reads an empty list or map as it reads none',
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
      'compose writes a fixed address (IPAMConfig, which is compared) also where the engine puts the address it gives at start',
    matches: at(
      /^services\/Networks\/[^/]+\/(IPAddress|GlobalIPv6Address)$/,
      (_compose, ours) => ours === '',
    ),
  },
];

/** What is written in several ways for one meaning, and read as that meaning before it is compared. */
export const alike = [
  {
    name: 'mount options',
    reason:
      '`--volume` and `--mount` are Binds and Mounts of one meaning; what the engine makes of them (Mounts of the container) is compared as it is, but for Mode: `rw` is the default',
  },
  {
    name: 'subnets the engine picked',
    reason: 'where the file names none, each new network gets the next free one',
  },
] as const;
