import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileText, composeText, filesOf, unitDirectory, wantedContainer } from './compile-services.ts';
import type { Container } from './container.ts';
import { asWanted, readCreate } from './read-create.ts';
import { executedWords } from './read-shell.ts';
import { readUnit } from './read-unit.ts';
import { randomService } from './service-arbitrary.ts';

/** The container that a unit has made, read as systemd and then docker would read it. */
function containerOf(files: ReturnType<typeof filesOf>, name: string): Container {
  const contentOf = (path: string): string => {
    const file = files.get(path.replace(`${unitDirectory}/`, ''));
    if (file === undefined) throw new Error(`no file ${path} is written`);
    return file.content;
  };
  const specifiers = { Y: unitDirectory, n: `exact-${name}.service` };
  const unit = readUnit(contentOf(`exact-${name}.service`), specifiers, contentOf);
  const creations = unit.commands
    .map((command) => ({ ...command, argv: executedWords(command.argv) }))
    .filter(({ argv }) => argv[0] === 'docker' && argv[1] === 'create');
  expect(creations.map(({ key, ignoresFailure }) => ({ key, ignoresFailure }))).toEqual([
    { key: 'ExecStartPre', ignoresFailure: false },
  ]);
  return readCreate(creations[0]?.argv ?? [], {
    environment: Object.fromEntries(unit.environment),
    readFile: contentOf,
  });
}

/** What Compose takes for one, less extensions and what the project's own networks and volumes are called. */
const serviceName = fc
  .stringMatching(/^[A-Za-z0-9._-]{1,16}$/)
  .filter((name) => !/^(x-.*|net-default|vol-data|vol-other\.one)$/.test(name));

describe('a container is what its service says', () => {
  // The limit is against hanging: on a machine busy with others a thousand services take their time.
  it('for any service', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(serviceName, randomService('client'), (name, service) => {
        const files = filesOf(compileText(composeText({ [name]: service.written })));
        expect(asWanted(containerOf(files, name), service.wanted)).toEqual(wantedContainer(name, service));
      }),
      { numRuns: 1000 },
    );
  });
});
