/**
 * The unit that keeps the units that the generator compiled: /run is empty after a boot, and a generator
 * may write nowhere else. It runs at boot, after the changes made while the host was off have been
 * compiled, and as the host shuts down, for the units compiled since. It also copies the generator's report
 * to the journal, which was not up when the generator ran.
 */
import { exec, mountsFor, text, word } from '../units/directives.ts';
import { serialiseUnit } from '../units/unit-file.ts';
import type { BootLink } from './generated-set.ts';
import type { GeneratorPaths } from './paths.ts';

const name = 'dockunit-generator.service';

/** @param targets those of the projects: starting one starts this unit too, and no boot is needed */
export function keeperFiles(
  { front, cache }: GeneratorPaths,
  targets: readonly string[],
): {
  readonly files: readonly { readonly name: string; readonly mode: number; readonly content: string }[];
  readonly links: readonly BootLink[];
} {
  // A full disk makes the next boot slower, and this unit must not fail because of it.
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
