/** Asks one source for a fact, with a deadline, so that a slow source delays none of the others. */
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../model/diagnostic.ts';
import type { Fact, Source, Unknown } from './facts.ts';

/** Milliseconds for any one question. A check must answer quickly to be useful. */
export const deadline = 5_000;

/** `docker did not answer in 5 s` */
export function noAnswer(source: string): string {
  return `${source} did not answer in ${String(deadline / 1000)} s`;
}

/** The answer, or a note that none came in time; errors become reasons. */
export async function settleFact<T>(
  source: Source,
  what: string,
  answer: Promise<Fact<T>>,
): Promise<Fact<T>> {
  const timer = new AbortController();
  const late = delay(deadline, undefined, { signal: timer.signal }).then((): Unknown => ({
    unknown: noAnswer(sourceNames[source]),
    source,
  }));
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    return { unknown: `${what}: ${messageOf(error)}` };
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

const sourceNames = {
  docker: 'docker',
  'docker-client': 'the docker client',
  manager: 'what runs the units',
  journal: 'the journal',
  clock: 'the clock',
  listeners: 'the table of sockets',
  disks: 'a disk',
} as const satisfies Record<Source, string>;
