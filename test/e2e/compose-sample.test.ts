/**
 * A sample of the corpus against docker compose: few files that between them name every key that
 * the whole of it names and both make containers of. The whole: `npm run test:compose`.
 */
import { expect, it } from 'vitest';
import { compareCorpus } from '../compose-parity/compare-corpus.ts';
import { copyCorpus } from '../compose-parity/corpus.ts';
import { detail } from '../compose-parity/report.ts';
import { describeCorpus } from '../corpus/corpus-tier.ts';
import { describeHost } from './host-tier.ts';

const sample = [
  'Glyndor__podup/bench/scenarios/multi-healthcheck/compose.yaml',
  'aksiksi__compose2nix/nixos-test/sops/compose.yml',
  'aksiksi__compose2nix/testdata/TestComposeEnvFiles.compose.yml',
  'aksiksi__compose2nix/testdata/TestEscapeChars.compose.yml',
  'aksiksi__compose2nix/testdata/TestMultipleNetworks.compose.yml',
  'aksiksi__compose2nix/testdata/TestNetworkAndVolumeNames.compose.yml',
  'aksiksi__compose2nix/testdata/TestNullVolumeDeclaration.compose.yml',
  'aksiksi__compose2nix/testdata/TestTmpfs.compose.yml',
  'aksiksi__compose2nix/testdata/TestUlimits.compose.yml',
  'containers__podman/test/compose/disable_healthcheck/docker-compose.yml',
  'docker__awesome-compose/elasticsearch-logstash-kibana/compose.yaml',
  'docker__awesome-compose/pihole-cloudflared-DoH/compose.yaml',
  'docker__awesome-compose/portainer/compose.yaml',
  'dockersamples__example-voting-app/docker-compose.images.yml',
  'kubernetes__kompose/script/test/fixtures/change-in-volume/compose.yaml',
  'kubernetes__kompose/script/test/fixtures/entrypoint-command/compose.yaml',
  'kubernetes__kompose/script/test/fixtures/env-dotenv/compose.yaml',
  'kubernetes__kompose/script/test/fixtures/read-only/compose.yaml',
  'kubernetes__kompose/script/test/fixtures/security-contexts/compose.yaml',
  'kubernetes__kompose/script/test/fixtures/service-group/compose.yaml',
  'kubernetes__kompose/script/test/fixtures/service-name-change/docker-compose.yml',
  'kubernetes__kompose/script/test/fixtures/volume-mounts/simple-vol-mounts/docker-compose.yml',
  'traefik__traefik/integration/resources/compose/tcp.yml',
];

describeCorpus(
  'a sample of the corpus against docker compose on trixie',
  () => {
    it('is made the same containers', { timeout: 600_000 }, async () => {
      using corpus = copyCorpus();
      const verdicts = await compareCorpus(corpus, sample);
      const others = verdicts.filter(({ verdict }) => verdict !== 'equal');
      expect(
        others.map(({ file, verdict }) => `${file}: ${verdict}`),
        detail(others),
      ).toEqual([]);
      expect(verdicts).toHaveLength(sample.length);
    });
  },
  describeHost,
);
