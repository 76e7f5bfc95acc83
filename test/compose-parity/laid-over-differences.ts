/** Where dockunit and docker compose (2.26) are let differ on forms laid over one another, and why. */
import type { CaseDifference } from './compare-cases.ts';

export const laidOverDifferences: readonly CaseDifference[] = [
  {
    reason: 'the key is newer than compose 2.26',
    verdicts: ['only-compose-refuses'],
    cases:
      /(?:service\.(?:models|provider|pull_refresh_after|use_api_socket)|build\.(?:no_cache_filter|provenance|sbom)) /,
  },
  {
    reason: 'what is written twice counts once; compose 2.26 refuses it in these lists',
    verdicts: ['only-compose-refuses'],
    cases:
      /^(?:service\.(?:device_cgroup_rules|external_links|group_add|security_opt|volumes_from)|(?:volume|config|secret)\.labels) /,
  },
  {
    reason: 'compose prints the agents of a build in a form that it does not read, and in no order',
    verdicts: ['different', 'only-compose-refuses'],
    cases: /build\.ssh /,
  },
  {
    reason: 'compose asks for all devices and for some more, or refuses to be asked for all twice',
    verdicts: ['different', 'only-compose-refuses'],
    cases: /^service\.gpus \d over 1/,
  },
  {
    reason: 'of several address pools, compose lays one over another of a different subnet',
    verdicts: ['different'],
    cases: /^network\.ipam \d over 2/,
  },
  {
    reason:
      'an empty list of address pools says that there is none; compose 2.26 refuses it beside another file',
    verdicts: ['only-compose-refuses'],
    cases: /network\.ipam (?:\d over 5|5 over \d|5$)/,
  },
  {
    reason:
      'compose 2.26 cannot read the -1 that docker takes for no limit, where nothing is merged below it',
    verdicts: ['only-compose-refuses'],
    cases: /service\.memswap_limit /,
  },
  {
    reason: 'compose 2.26 crashes',
    verdicts: ['only-compose-refuses'],
    cases: /^nothing over service\.logging /,
  },
  {
    reason: 'a config must say where its content comes from',
    verdicts: ['only-dockunit-refuses'],
    cases: /config\.external /,
  },
];
