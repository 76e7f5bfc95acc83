/** Units of a test as a host's files: names → texts. */
import type { HostSpecifiers, UnitFiles, UnitSources } from '../../../src/model/ports.ts';
import { serialiseUnit } from '../../../src/units/unit-file.ts';
import { parseUnitName, templateOf } from '../../../src/units/unit-name.ts';
import type { Unit } from '../../../src/units/unit-set.ts';

export interface UnitTexts {
  /** The file of each unit or template; '' masks it. */
  readonly files: Readonly<Record<string, string>>;
  /** Drop-ins of each unit, in order. */
  readonly dropIns?: Readonly<Record<string, readonly string[]>>;
  readonly links?: Readonly<Record<string, Partial<UnitFiles['links']>>>;
  readonly aliases?: Readonly<Record<string, string>>;
  readonly configured?: readonly string[];
  readonly mounted?: readonly string[];
}

const directory = '/etc/systemd/system';

/** Of compiled units, what their files would hold. */
export function textsOf(units: readonly Unit[]): UnitTexts['files'] {
  return Object.fromEntries(units.map((unit) => [unit.name, serialiseUnit(unit)]));
}

export function sourcesOf({
  files,
  dropIns = {},
  links = {},
  aliases = {},
  ...mounts
}: UnitTexts): UnitSources {
  return {
    ownNames: () => Object.keys(files).sort(),
    existing: (asked) =>
      asked.filter((name) => {
        const parsed = parseUnitName(aliases[name] ?? name);
        const template = parsed && templateOf(parsed);
        return (aliases[name] ?? name) in files || (template !== undefined && template in files);
      }),
    reader: () => (asked) => {
      const name = aliases[asked] ?? asked;
      const parsed = parseUnitName(name);
      const file = [name, parsed && templateOf(parsed)].find((each) => each !== undefined && each in files);
      const text = file === undefined ? undefined : files[file];
      return {
        name,
        ...(text !== undefined && { main: { path: `${directory}/${String(file)}`, text } }),
        dropIns: (dropIns[name] ?? []).map((content, index) => ({
          path: `${directory}/${name}.d/${String(index)}.conf`,
          text: content,
        })),
        links: { wants: [], requires: [], upholds: [], ...links[name] },
      };
    },
    mounts: () => ({ configuredPaths: mounts.configured ?? [], mountedPaths: mounts.mounted ?? [] }),
    specifiers: () => specifiers,
  };
}

const specifiers: HostSpecifiers = {
  ...{ u: 'root', U: '0', g: 'root', G: '0', h: '/root', s: '/bin/sh', H: 'box.example', l: 'box' },
  ...{ t: '/run', S: '/var/lib', C: '/var/cache', L: '/var/log', E: '/etc', T: '/tmp', V: '/var/tmp' },
};
