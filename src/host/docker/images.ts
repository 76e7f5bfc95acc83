/** Images by the docker client, which has the credentials of registries, as an ImagePort. */
import { keepTag } from './keep-tags.ts';
import { dockerAddress, reachedFromHere } from './http-api.ts';
import { dockerError, dockerLines, inspectImages, isGone, runDocker } from './client.ts';
import { askRegistry } from './facts.ts';
import { machine } from '../machine/machine.ts';
import type { ImagePort, LocalImage } from '../../model/ports.ts';
import { HostError } from '../../model/ports.ts';
import { runProgram } from '../machine/run-program.ts';

/** Timeouts for a registry, and for a credential helper; ms. */
const offerTimeout = 20_000;

export const images: ImagePort = {
  async inspect(names) {
    const lines = await inspectImages([...new Set(names)], '{{.Id}}\t{{json .RepoDigests}}');
    return new Map(
      lines.map(([name, line]): [string, LocalImage] => {
        const [id = '', digests = ''] = line.split('\t');
        const list: unknown = JSON.parse(digests);
        return [name, { id, digests: Array.isArray(list) ? list.map(String) : [] }];
      }),
    );
  },

  async pull(reference, options, signal) {
    const words = ['pull', '--quiet', ...options, '--', reference];
    const result = await runProgram('docker', words, signal === undefined ? {} : { signal });
    if (!result.hasFailed) return;
    if (signal?.aborted === true) throw new HostError(`Stopped while pulling ${reference}`, 'Run it again');
    if (result.exitCode === undefined) throw dockerError(result.code, false, result.stderr, result);
    throw new HostError(
      `${reference} cannot be pulled: ${result.stderr.trim().replaceAll('\n', '; ')}`,
      `Try it by hand: docker pull ${reference}`,
    );
  },

  async registryDigest(reference) {
    const { environment } = machine();
    const there = dockerAddress({ ...environment });
    const address = there && reachedFromHere(there);
    if (address === undefined) return { said: 'only a docker client reaches Docker' };
    const answer = await askRegistry(address, reference, environment, offerTimeout);
    return 'digest' in answer && answer.digest === '' ? { said: 'Docker gives no digest' } : answer;
  },

  async keptTags(project) {
    const format = '{{.Repository}}:{{.Tag}}\t{{.ID}}';
    const pattern = `reference=${keepTag(project, '*')}`;
    const lines = await dockerLines(['image', 'ls', '--no-trunc', '--format', format, '--filter', pattern]);
    return new Map(
      lines.map((line): [string, string] => [line.split('\t')[0] ?? '', line.split('\t')[1] ?? '']),
    );
  },

  async tag(id, tag) {
    await runDocker(['tag', id, tag]);
  },

  async untag(tag) {
    await runDocker(['image', 'rm', '--no-prune', '--', tag], (line) => isGone(line) || isInUse(line));
  },
};

/** "Error response from daemon: conflict: unable to remove repository reference …: container … is using its referenced image". */
function isInUse(line: string): boolean {
  return /^Error\b.*\bconflict: unable to (remove|delete)\b/i.test(line);
}
