/**
 * Calls one of the host's ports and prints what came of it, as JSON: bundled and executed within a
 * throwaway host by ports.test.ts. Usage: node port-steps.mjs CALL ARGUMENTS_JSON
 */
import { docker } from '../../src/host/docker/client.ts';
import { journal } from '../../src/host/journal/journal.ts';
import { HostError } from '../../src/model/ports.ts';
import type { JournalEntry, JournalPort } from '../../src/model/ports.ts';
import type { FileToWrite } from '../../src/host/units/unit-files.ts';
import { writeFiles } from '../../src/host/units/unit-files.ts';

const calls: Readonly<Record<string, (argument: unknown) => unknown>> = {
  version: () => docker.version(),
  inspect: async (names) => Object.fromEntries(await docker.inspectContainers(names as string[])),
  journal: async (options) => {
    const { stopAfter, ...rest } = options as Parameters<JournalPort['read']>[0] & { stopAfter?: number };
    const stop = new AbortController();
    const entries: JournalEntry[] = [];
    for await (const entry of journal.read({ ...rest, signal: stop.signal })) {
      if (entries.push(entry) === stopAfter) stop.abort();
    }
    return entries;
  },
  write: (argument) => {
    const [directory, files, removals] = argument as [string, FileToWrite[], string[]];
    return writeFiles(directory, files, removals);
  },
};

const [name = '', argument = 'null'] = process.argv.slice(2);
try {
  process.stdout.write(JSON.stringify({ value: await calls[name]?.(JSON.parse(argument)) }));
} catch (error) {
  if (!(error instanceof HostError)) throw error;
  process.stdout.write(JSON.stringify({ error: { message: error.message, remedy: error.remedy } }));
}
