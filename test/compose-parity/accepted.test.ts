/** Each accepted difference takes in what its reason says, and no more. */
import { describe, expect, it } from 'vitest';
import { accepted } from './accepted.ts';
import { findDifferences } from './differences.ts';
import type { Json } from './facts.ts';

/** The names of what accepts each difference between the two, `undefined` where nothing does. */
function judge(
  compose: Json | undefined,
  ours: Json | undefined,
  of = 'services.web#1',
): (string | undefined)[] {
  const facts = (value: Json | undefined): Map<string, Json> =>
    new Map(value === undefined ? [] : [[of, value]]);
  return findDifferences(facts(compose), facts(ours)).map(
    (difference) => accepted.find(({ matches }) => matches(difference))?.name,
  );
}

const config = (Config: Json): Json => ({ Config });
const network = (attachment: Json): Json => ({ Networks: { net: attachment } });
const id = 'a'.repeat(64);
const path = (volume: string): string => `/var/lib/docker/volumes/${volume}/_data`;

/** Each entry of the table: what it takes in, and the nearest thing it must not. */
const cases: Readonly<
  Record<string, { takes: [Json | undefined, Json | undefined, string?]; not: [Json, Json] }>
> = {
  'identity labels': {
    takes: [config({ Labels: { 'com.docker.compose.project': 'p' } }), config({ Labels: {} })],
    not: [config({ Labels: { 'com.docker': 'p' } }), config({ Labels: {} })],
  },
  'restart policy': {
    takes: [
      { HostConfig: { RestartPolicy: { Name: 'always' } } },
      { HostConfig: { RestartPolicy: { Name: 'no' } } },
    ],
    not: [
      { HostConfig: { RestartPolicy: { Name: 'no' } } },
      { HostConfig: { RestartPolicy: { Name: 'always' } } },
    ],
  },
  slice: {
    takes: [{ HostConfig: { CgroupParent: '' } }, { HostConfig: { CgroupParent: '/my\\x2dshop.slice' } }],
    not: [{ HostConfig: { CgroupParent: 'mine.slice' } }, { HostConfig: { CgroupParent: '/shop.slice' } }],
  },
  'nothing and empty': {
    takes: [{ HostConfig: { Dns: null } }, { HostConfig: { Dns: [] } }],
    not: [{ HostConfig: { Memory: 0 } }, { HostConfig: { Memory: null } }],
  },
  'time of making': {
    takes: [{ Created: '1' }, { Created: '2' }, 'networks.net'],
    not: [config({ Created: '1' }), config({ Created: '2' })],
  },
  'name as alias': {
    takes: [network({ Aliases: ['<web#1>', 'web'] }), network({ Aliases: ['web'] })],
    not: [network({ Aliases: ['<db#1>', 'web'] }), network({ Aliases: ['web'] })],
  },
  'DNS names before start': {
    takes: [network({ DNSNames: null }), network({ DNSNames: ['web'] })],
    not: [network({ DNSNames: ['web'] }), network({ DNSNames: null })],
  },
  'address before start': {
    takes: [network({ IPAddress: '10.0.0.2' }), network({ IPAddress: '' })],
    not: [network({ IPAddress: '10.0.0.2' }), network({ IPAddress: '10.0.0.3' })],
  },
  'links by number': {
    takes: [
      network({ Links: ['<db#1>:db', '<db#1>:db-1', '<db#1>:<db#1>'] }),
      network({ Links: ['<db#1>:db'] }),
    ],
    not: [network({ Links: ['<db#1>:db', '<db#1>:store'] }), network({ Links: ['<db#1>:db'] })],
  },
  'anonymous volumes have names': {
    takes: [
      { Mounts: { '/d': { Name: id, Source: path(id) } } },
      {
        Mounts: {
          '/d': { Name: 'corpus_web_0123456789abcdef', Source: path('corpus_web_0123456789abcdef') },
        },
      },
    ],
    not: [
      { Mounts: { '/d': { Name: 'corpus_data', Source: path('corpus_data') } } },
      {
        Mounts: {
          '/d': { Name: 'corpus_web_0123456789abcdef', Source: path('corpus_web_0123456789abcdef') },
        },
      },
    ],
  },
  'entrypoint of several words': {
    takes: [config({ Entrypoint: ['a', 'b'], Cmd: ['c'] }), config({ Entrypoint: ['a'], Cmd: ['b', 'c'] })],
    not: [config({ Entrypoint: ['a'], Cmd: ['b', 'c'] }), config({ Entrypoint: [], Cmd: ['a', 'b', 'c'] })],
  },
  'health check in exec form': {
    takes: [
      config({ Healthcheck: { Test: ['CMD', 'test', '-e', 'a b'] } }),
      config({ Healthcheck: { Test: ['CMD-SHELL', "exec test -e 'a b'"] } }),
    ],
    not: [
      config({ Healthcheck: { Test: ['CMD', 'test', '-e', 'a b'] } }),
      config({ Healthcheck: { Test: ['CMD-SHELL', 'exec test -e a b'] } }),
    ],
  },
  'sources of long bind mounts': {
    takes: [
      { HostConfig: { 'Binds and Mounts': { '/d': {} } } },
      { HostConfig: { 'Binds and Mounts': { '/d': { createsSource: true } } } },
    ],
    not: [
      { HostConfig: { 'Binds and Mounts': { '/d': { createsSource: true } } } },
      { HostConfig: { 'Binds and Mounts': { '/d': {} } } },
    ],
  },
  'attachment of standard input': {
    takes: [config({ OpenStdin: true, StdinOnce: false }), config({ OpenStdin: true, StdinOnce: true })],
    not: [config({ OpenStdin: false, StdinOnce: false }), config({ OpenStdin: true, StdinOnce: true })],
  },
  'CDI devices': {
    takes: [
      { HostConfig: { Devices: [{ PathOnHost: 'a.com/gpu=all' }], DeviceRequests: null } },
      { HostConfig: { Devices: [], DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['a.com/gpu=all'] }] } },
    ],
    not: [
      { HostConfig: { Devices: [{ PathOnHost: '/dev/a' }], DeviceRequests: null } },
      { HostConfig: { Devices: [], DeviceRequests: [{ Driver: 'cdi', DeviceIDs: ['a.com/gpu=all'] }] } },
    ],
  },
};

describe('an accepted difference', () => {
  it('has its case here, every one', () => {
    expect(Object.keys(cases)).toEqual(accepted.map(({ name }) => name));
  });

  it.each(Object.entries(cases))('%s', (name, { takes, not }) => {
    const taken = judge(...takes);
    expect(taken.length).toBeGreaterThan(0);
    expect(new Set(taken)).toEqual(new Set([name]));
    expect(judge(...not)).toContain(undefined);
  });

  it('takes in nothing of a container that is not there', () => {
    expect(judge(config({ Image: 'a' }), undefined)).toEqual([undefined]);
    expect(judge(undefined, config({ Image: 'a' }))).toEqual([undefined]);
  });
});
