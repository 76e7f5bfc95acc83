/** By which option a named volume is mounted: docker compose's own choice shows in the container's Mode. */
import { describe, expect, it } from 'vitest';
import { optionArguments } from '../../src/units/unit-set.ts';
import { compileText, setOf } from '../exactness/compile-services.ts';

const bound = { type: 'none', o: 'bind', device: '/mnt/tank' };

describe('a named volume', () => {
  it.each([
    ['of a directory', { driver_opts: bound }, '--volume', 'x_data:/data:rw'],
    [
      'of a directory, its driver named',
      { driver: 'local', driver_opts: bound },
      '--volume',
      'x_data:/data:rw',
    ],
    ['without options', {}, '--mount', 'type=volume,source=x_data,target=/data'],
    [
      'of a file system',
      { driver_opts: { ...bound, type: 'ext4', o: 'noatime' } },
      '--mount',
      'type=volume,source=x_data,target=/data',
    ],
    [
      'of another driver',
      { driver: 'other', driver_opts: bound },
      '--mount',
      'type=volume,source=x_data,target=/data',
    ],
  ])('%s', (_what, volume, option, argument) => {
    const { units } = setOf(
      compileText(
        JSON.stringify({
          name: 'x',
          services: { web: { image: 'a', volumes: ['data:/data'] } },
          volumes: { data: volume },
        }),
      ),
    );
    const web = units.find(({ kind }) => kind === 'container');
    expect(web && optionArguments(web, option)).toEqual([argument]);
  });
});
