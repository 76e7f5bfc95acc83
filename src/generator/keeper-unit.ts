/**
 * The unit that keeps what the generator compiled: /run is empty after a boot, and a generator may write nowhere
 * else. At boot, when what changed while the host was off has been compiled; as the host shuts down, with
 * what was compiled since. It also tells the journal what the generator had to say before there was one.
 */
import { exec, mountsFor, text, word } from '../units/directives.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import type { BootLink } from './generated-set.ts';
import type { GeneratorPaths } from './paths.ts';

const name = 'dockunit-generator.service';

/** @param targets those of the projects: who starts one starts this too, and need not wait for a boot */
export function keeperFiles(
  { front, cache }: GeneratorPaths,
  targets: readonly string[],
): {
  readonly files: readonly { readonly name: string; readonly mode: number; readonly content: string }[];
  readonly links: readonly BootLink[];
} {
  // A full disk costs the next boot some time, and is not for this unit to fail of.
  const keep = { ignoreFailure: true, argv: [front, '--keep'] };
  const content = serialiseUnit({
    sections: [
      {
        name: 'Unit',
        directives: [
          text('Description', 'dockunit: keep compiled units for the next boot'),
          ...mountsFor([cache]),
        ],
      },
      {
        name: 'Service',
        directives: [
          word('Type', 'oneshot'),
          word('RemainAfterExit', 'yes'),
          exec('ExecStart', keep),
          exec('ExecStop', keep),
        ],
      },
    ],
  });
  return {
    files: [{ name, mode: 0o644, content }],
    links: ['multi-user.target', ...targets].map((by) => ({
      path: `${by}.wants/${name}`,
      target: `../${name}`,
    })),
  };
}
