/**
 * Where `dockunit config` and `docker compose config` are let differ on the corpus, and why: the one
 * table of it. A file that stands here and no longer differs fails the comparison too.
 */

/** What each of the two does with a file. */
export type ConfigVerdict =
  'equal' | 'different' | 'only-dockunit-refuses' | 'only-compose-refuses' | 'both-refuse';

export interface AcceptedDifference {
  readonly verdict: Exclude<ConfigVerdict, 'equal' | 'both-refuse'>;
  readonly reason: string;
  readonly files: readonly string[];
  /** Not where every profile is active. */
  readonly inactive?: true;
}

const traefik = (path: string): string => `htpcBeginner__docker-traefik/compose/${path}.yml`;

export const acceptedDifferences: readonly AcceptedDifference[] = [
  {
    verdict: 'only-dockunit-refuses',
    reason: 'the target in the container is no absolute path, or one of Windows; docker refuses to create it',
    files: [
      'docker__cli/e2e/stack/testdata/stack-with-named-resources.yml',
      'kubernetes__kompose/script/test/fixtures/volume-mounts/windows/compose.yaml',
    ],
  },
  {
    verdict: 'only-compose-refuses',
    reason: 'the mistake is in a service that no active profile has: dockunit does not look at those',
    inactive: true,
    files: [
      ...['autoindex', 'lidarr', 'makemkv', 'mkvtoolnix', 'picard', 'qbittorrent', 'radarr', 'sabnzbd'].map(
        (name) => traefik(`hs/${name}`),
      ),
      ...['hs/sonarr', 'hs/vscode', 'ws/autoindex', 'ws/glances', 'ws/vscode'].map(traefik),
    ],
  },
  {
    verdict: 'only-compose-refuses',
    reason: 'a number in a command is taken as the text it is written as',
    files: [
      'traefik__traefik/integration/resources/compose/ratelimit.yml',
      'traefik__traefik/integration/resources/compose/redis_sentinel.yml',
    ],
  },
  {
    verdict: 'only-compose-refuses',
    reason: 'cycles of depends_on are found among the units, by check and generate',
    files: ['compose-spec__compose-go/loader/testdata/compose-depends-on-cycle.yaml'],
  },
];
