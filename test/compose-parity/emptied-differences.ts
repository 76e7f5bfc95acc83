/** Where dockunit and docker compose (2.26) are let differ on keys that are emptied, and why. */
import type { CaseDifference } from './compare-cases.ts';

export const emptiedDifferences: readonly CaseDifference[] = [
  {
    reason: 'the key is newer than compose 2.26',
    verdicts: ['only-compose-refuses'],
    details: /Additional property [a-z_]+ is not allowed/,
  },
  {
    reason: 'a key without a value is one that is not written; compose 2.26 wants a value for most',
    verdicts: ['only-compose-refuses'],
    cases: /: \[?null\]?$/,
    details: /must be a |must be one of|unexpected type <nil>|is required/,
  },
  {
    reason: 'compose 2.26 crashes',
    verdicts: ['only-compose-refuses'],
    cases: /: null$/,
    details: /main\.go/,
  },
  {
    reason: 'an empty text in place of a list says as little as an empty list',
    verdicts: ['only-compose-refuses'],
    cases: /: "(?:\$\{UNSET\})?"$/,
    details: /must be a (?:list|mapping)/,
  },
  {
    reason: 'an empty text in place of a mode says as little as no mode',
    verdicts: ['only-compose-refuses'],
    cases: /\.mode: "/,
  },
  {
    reason: 'dockunit has no use for the key and does not look into it',
    verdicts: ['only-compose-refuses'],
    cases: /^service\.(?:develop|deploy\.(?:update|rollback)_config)\./,
  },
  {
    reason:
      'docker does not create or does not start the container: it has no device, address or name to go by',
    verdicts: ['only-dockunit-refuses'],
    cases:
      /^service\.(?:annotations|blkio_config\.|devices|environment|extra_hosts|security_opt|sysctls|volumes\[\]\.t|gpus\[\]\.device_ids|deploy\..*\.device_ids)/,
  },
  {
    reason: 'docker does not build the image: the host has no address',
    verdicts: ['only-dockunit-refuses'],
    cases: /^build\.extra_hosts\./,
  },
  {
    reason: 'a hook must have a command, and its variables names; compose 2.26 runs no hooks',
    verdicts: ['only-dockunit-refuses'],
    cases: /^service\.(?:post_start|pre_stop)\[\]/,
  },
  {
    reason: 'a config must say where its content comes from',
    verdicts: ['only-dockunit-refuses'],
    cases: /^config\.environment: /,
  },
  {
    reason: 'compose prints an item that names nothing; dockunit leaves it out',
    verdicts: ['different'],
    cases:
      /^(?:service|build|network|volume|config|secret)\.(?:.*\.)?(?:aliases|cache_from|cache_to|entitlements|expose|external_links|labels|platforms|tags)(?:\[\]: "|: \[")/,
  },
  {
    reason: 'dockunit prints the default that an empty text stands for',
    verdicts: ['different'],
    cases:
      /^(?:service\.build(?:\.context|\.dockerfile|\.dockerfile_inline)?|build\.(?:context|dockerfile|dockerfile_inline)|(?:network|volume|config|secret)\.name|service\.(?:network_mode|ports\[\]\.(?:protocol|mode)|secrets\[\]\.target)): "/,
  },
  {
    reason: 'dockunit leaves out what only a swarm or Windows knows and says nothing',
    verdicts: ['different'],
    cases: /^(?:service\.(?:credential_spec|deploy\..*\.discrete_resource_spec)|secret\.driver_opts)/,
  },
  {
    reason:
      'an empty list of devices asks for none, which compose holds too, but its own print would ask for all',
    verdicts: ['different'],
    cases: /\.device_ids: \[\]$/,
  },
  {
    reason: 'a host without addresses is none',
    verdicts: ['different'],
    cases: /^(?:service|build)\.extra_hosts\.one: \[\]$/,
  },
  {
    reason: 'compose prints the agents of a build in a form that it does not read, and in no order',
    verdicts: ['different'],
    cases: /^build\.ssh/,
  },
];
