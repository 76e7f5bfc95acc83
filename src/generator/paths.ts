/** Where the generator finds Compose files, and keeps the compiled units. Pure. */
import { basename, dirname } from 'node:path';

/** The directory of Compose files that become units by themselves. */
export const sourceDirectory = '/etc/dockunit';

export interface GeneratorPaths {
  /** Compose files: NAME.yaml, NAME.yml. */
  readonly sources: string;
  readonly templates: string;
  /** The units of the last compilation; gone after a boot. */
  readonly run: string;
  /** A copy of them for the next boot; where /var is mounted later, that boot compiles again. */
  readonly cache: string;
  readonly kmsg: string;
  /** The socket of journald that programs write to. */
  readonly journal: string;
  /** The generator itself. */
  readonly front: string;
  /** The "normal" directory of systemd.generator(7). */
  readonly normal: string;
  /**
   * Directories of unit files that outlive a boot, and whether they come before the generated units;
   * systemd.unit(5), UNIT FILE LOAD PATH. The volatile ones belong to users who override units for a while.
   */
  readonly others: readonly { readonly directory: string; readonly wins: boolean }[];
  /** Patterns of the library whose name shows systemd's version. */
  readonly libraries: readonly string[];
}

/** @param root '' for this host; another directory stands for its `/` */
export function generatorPaths(root: string, libraryDirectories: readonly string[]): GeneratorPaths {
  return {
    sources: `${root}${sourceDirectory}`,
    templates: `${root}${sourceDirectory}/templates`,
    run: `${root}/run/dockunit/generator`,
    cache: `${root}/var/cache/dockunit/generator`,
    kmsg: `${root}/dev/kmsg`,
    journal: `${root}/run/systemd/journal/stdout`,
    front: `${root}/etc/systemd/system-generators/dockunit-generator`,
    normal: `${root}/run/systemd/generator`,
    others: [
      { directory: `${root}/etc/systemd/system`, wins: true },
      { directory: `${root}/usr/local/lib/systemd/system`, wins: false },
      { directory: `${root}/usr/lib/systemd/system`, wins: false },
      { directory: `${root}/lib/systemd/system`, wins: false },
    ],
    libraries: libraryDirectories.map((directory) => `${directory}/libsystemd-shared-*.so`),
  };
}

/**
 * `/etc/dockunit/shop.yaml` → `shop`, the project’s name where the file sets none; undefined for a file
 * elsewhere.
 */
export function nameByFile(path: string, sources: string = sourceDirectory): string | undefined {
  return dirname(path) === sources ? basename(path).replace(/\.ya?ml$/, '') : undefined;
}
