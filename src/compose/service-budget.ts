/** Applies the size limits to services: each container multiplies the data of its service. */
import { type Size, sizeOfData } from './budget.ts';
import type { Field } from './field.ts';
import type { FileObject, Project, Service } from './project.ts';

type SharedParts = Pick<Project, 'configs' | 'secrets' | 'systemd'>;

/** The services within the limits of a project; leaves out the others, with one error for each limit. */
export function servicesWithinBudget(
  services: ReadonlyMap<string, Service>,
  parts: SharedParts,
  field: Field,
): ReadonlyMap<string, Service> {
  const { findings } = field;
  const common = sizeOfData(parts.systemd);
  return new Map(
    [...services].filter(([name, service]) => {
      const { scale = 1 } = service;
      const mark = field.node.kind === 'map' ? field.node.entries.get(name) : undefined;
      const at = `${field.path}.${name}`;
      if (!findings.spend('containers', scale, mark, at)) return false;
      const others = [...service.dependsOn.keys()].map((other) => services.get(other)?.scale ?? 1);
      const own = sizeOfData(service);
      const size: Size = {
        values: (own.values + common.values + sum(others)) * scale,
        characters: (own.characters + common.characters + sum(contentsOf(service, parts))) * scale,
      };
      return findings.spendSize(size, mark, at);
    }),
  );
}

/** The characters of each content that the service's containers receive as a file. */
function contentsOf(service: Service, parts: SharedParts): readonly number[] {
  return (['configs', 'secrets'] as const).flatMap((section) =>
    service[section].map(({ source }) => lengthOf(parts[section].get(source))),
  );
}

const lengthOf = (file: FileObject | undefined): number =>
  file?.from.kind === 'content' ? file.from.content.length : 0;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
