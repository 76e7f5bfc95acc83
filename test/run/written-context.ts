/** A context with no terminal and no environment, which keeps what a verb writes. */
import type { Context, Output } from '../../src/run/context.ts';
import { plainStyle } from '../../src/ui/style.ts';

export interface WrittenContext {
  readonly context: Context;
  readonly written: { out: string; err: string };
  /** What is to be said below all else. */
  readonly atEnd: readonly string[];
}

export function writtenContext(fields: Partial<Context> = {}): WrittenContext {
  const written = { out: '', err: '' };
  const atEnd: string[] = [];
  const output = (stream: keyof typeof written): Output => ({
    write: (text) => {
      written[stream] += text.toString();
    },
    isTTY: false,
    columns: undefined,
    style: plainStyle,
  });
  const context: Context = {
    out: output('out'),
    err: output('err'),
    environment: {},
    // On this machine the two are one.
    variables: fields.environment ?? {},
    workingDirectory: '/',
    uid: 0,
    now: () => 0,
    signal: new AbortController().signal,
    purpose: 'read',
    atEnd: (text) => {
      atEnd.push(text);
    },
    recordChange: () => undefined,
    ...fields,
  };
  return { context, written, atEnd };
}
