/** systemd's journal → the chain of a state, and its cause; the stories stand in the fixture. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nameCause } from '../../../src/status/causes/name-cause.ts';
import type { ReadLogLine } from '../../../src/status/causes/refusals.ts';
import { explainState } from '../../../src/status/causes/why-chain.ts';
import { historyOf } from '../../../src/manager/systemd-history.ts';
import type { ActiveState } from '../../../src/model/ports.ts';
import { execDirectives } from '../../../src/supervisor/engine/unit-config.ts';
import { stateOf } from '../../supervisor/control/fake-supervisor.ts';

const fixture = new URL('../../fixtures/why/systemd.txt', import.meta.url);
const cases = readFileSync(fixture, 'utf8')
  .split(/^case: /m)
  .slice(1);

const commands = {
  main: execDirectives.start,
  pre: execDirectives['start-pre'],
  post: execDirectives['start-post'],
  stop: execDirectives.stop,
};

/** Of an `at` line, the fields systemd gives the entry. */
function fields(words: readonly string[]): Readonly<Record<string, string>> {
  const [word = '', second = '', third = '', job = ''] = words;
  switch (word) {
    case 'begins':
      return { JOB_TYPE: second, JOB_ID: third };
    case 'ends':
      return { JOB_TYPE: second, JOB_RESULT: third, JOB_ID: job };
    case 'result':
      return { UNIT_RESULT: second };
    case 'succeeds':
      return { MESSAGE_ID: '7ad2d189f7e94e70a38c781354912448' };
    case 'restart':
      return { N_RESTARTS: second };
    case 'says':
      return { MESSAGE: words.slice(1).join(' ') };
    case 'main':
    case 'pre':
    case 'post':
    case 'stop':
      return { COMMAND: commands[word], EXIT_CODE: second, EXIT_STATUS: third };
    default:
      throw new Error(`no such word: ${word}`);
  }
}

const needs = {
  requires: (unit: string) => (unit === 'web' ? ['db', 'net'] : []),
  after: () => [],
  follows: (unit: string) => (unit === 'web' ? ['db', 'net'] : []),
  explainedBy: (unit: string) => (unit === 'web' ? ['web-image'] : unit === 'gate' ? ['job'] : []),
};

describe('journals of systemd', () => {
  it.each(cases.map((text) => [text.split('\n')[0] ?? '', text] as const))('%s', (_title, text) => {
    const records: ReadonlyMap<string, string>[] = [];
    const logs: (ReadLogLine & { readonly unit: string })[] = [];
    const expected: { links: string[]; cause: string } = { links: [], cause: '' };
    let state = stateOf('');
    for (const line of text.split('\n').slice(1)) {
      const [word = '', ...rest] = line.split(' ');
      const [time = '', unit = '', ...words] = rest;
      if (word === 'at') {
        const entry = { UNIT: unit, __REALTIME_TIMESTAMP: String(Number(time) * 1000), ...fields(words) };
        records.push(new Map(Object.entries(entry)));
      }
      if (word === 'log') {
        const [identifier = '', ...message] = words;
        logs.push({ unit, time: Number(time), identifier, message: message.join(' ') });
      }
      if (word === 'lines:') {
        const [count, from, of = ''] = rest;
        for (let index = 0; index < Number(count); index++)
          logs.push({ unit: of, time: Number(from), identifier: 'docker', message: `line ${String(index)}` });
      }
      if (word === 'state:') {
        const [name = '', activeState = '', subState = ''] = rest;
        state = { ...stateOf(name), activeState: activeState as ActiveState, subState };
      }
      if (word === 'link:') expected.links.push(rest.join(' '));
      if (word === 'cause:') expected.cause = rest.join(' ');
    }
    const chain = explainState(state, historyOf(records), needs);
    const links = chain.links.map(({ unit, what }) => `${unit} ${what}`);
    const { ending } = chain;
    const names = { unit: 'web', container: 'web', options: '', there: '', startDocker: 'Start it' };
    const own = logs.filter(({ unit }) => unit === ending?.unit || unit === `${ending?.unit ?? ''}-watch`);
    const cause = ending && nameCause(ending, own, names);
    expect({
      links,
      cause: cause === undefined ? 'none' : `${cause.kind} ${cause.unit} ${cause.what}`,
    }).toEqual(expected);
  });
});
