import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileText, composeText, filesOf, unitDirectory, wantedContainer } from './compile-services.ts';
import type { Container } from './container.ts';
import { asWanted, readCreate } from './read-create.ts';
import { readEnvironmentFile } from './read-environment.ts';
import { readUnit } from './read-unit.ts';
import { randomService } from './service-arbitrary.ts';

/** The container that a unit has made, read as systemd and then docker would read it. */
function containerOf(files: ReturnType<typeof filesOf>, name: string): Container {
  const contentOf = (path: string): string => {
    const file = files.get(path.replace(`${unitDirectory}/`, ''));
    if (file === undefined) throw new Error(`no file ${path} is written`);
    return file.content;
  };
  const unit = readUnit(contentOf(`exact-${name}.service`), { Y: unitDirectory, n: `exact-${name}.service` });
  const environmentFiles = unit.values.get('Service.EnvironmentFile') ?? [];
  const variables = environmentFiles.flatMap((path) =>
    readEnvironmentFile(contentOf(path.replace('%Y', unitDirectory))),
  );
  const creations = unit.commands.filter(({ argv }) => argv[0] === 'docker' && argv[1] === 'create');
  expect(creations.map(({ key, ignoresFailure }) => ({ key, ignoresFailure }))).toEqual([
    { key: 'ExecStartPre', ignoresFailure: false },
  ]);
  return readCreate(creations[0]?.argv ?? [], {
    environment: Object.fromEntries(variables),
    readFile: contentOf,
  });
}

describe('a container is what its service says', () => {
  it('for any service', () => {
    fc.assert(
      fc.property(fc.array(randomService('client'), { minLength: 1, maxLength: 2 }), (services) => {
        const named = services.map((service, index) => [`s${index}`, service] as const);
        const text = composeText(Object.fromEntries(named.map(([name, { written }]) => [name, written])));
        const files = filesOf(compileText(text));
        for (const [name, service] of named) {
          const container = containerOf(files, name);
          expect(asWanted(container, service.wanted)).toEqual(wantedContainer(name, service));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
