/**
 * The commands of test units: a list of words, each known to the program that runs on the host and
 * to the simulation of it. One process, no children, and it starts in two milliseconds.
 */

/**
 * - `sleep:MS` does nothing for so long; `hang` for ever.
 * - `trap:TERM` ignores the signal from now on.
 * - `ready` sends READY=1, where someone listens.
 * - `fork` leaves the rest to a child, and exits with 0.
 * - `exit:N` exits, `kill:KILL` dies by the signal. At the end of the words it exits with 0.
 */
export type StubWord =
  | { readonly do: 'sleep'; readonly ms: number }
  | { readonly do: 'trap'; readonly signal: string }
  | { readonly do: 'exit'; readonly code: number }
  | { readonly do: 'kill'; readonly signal: string }
  | { readonly do: 'hang' | 'ready' | 'fork' };

/** Throws for what is no such word: a test that would not test what it says. */
export function parseStubWord(text: string): StubWord {
  const [kind = '', value = ''] = text.split(':');
  switch (kind) {
    case 'sleep':
      return { do: 'sleep', ms: Number(value) };
    case 'exit':
      return { do: 'exit', code: Number(value) };
    case 'trap':
    case 'kill':
      return { do: kind, signal: `SIG${value}` };
    case 'hang':
    case 'ready':
    case 'fork':
      return { do: kind };
    default:
      throw new Error(`a stub does not know ${text}`);
  }
}

export const stubPath = '/usr/local/lib/stub.pl';

export function stubArgv(words: readonly string[]): readonly string[] {
  return ['/usr/bin/perl', stubPath, ...words];
}

/** No modules: loading them costs more than all the rest. */
export const stubProgram = String.raw`
for (@ARGV) {
  my ($do, $value) = split /:/;
  if ($do eq 'sleep') { select undef, undef, undef, $value / 1000 }
  elsif ($do eq 'hang') { sleep while 1 }
  elsif ($do eq 'trap') { $SIG{$value} = 'IGNORE' }
  elsif ($do eq 'exit') { exit $value }
  elsif ($do eq 'kill') { kill $value, $$; sleep }
  elsif ($do eq 'fork') { exit 0 if fork }
  elsif ($do eq 'ready') {
    next unless $ENV{NOTIFY_SOCKET};
    socket my $socket, 1, 2, 0 or die;
    send $socket, 'READY=1', 0, pack 'Sa*', 1, $ENV{NOTIFY_SOCKET} or die;
  } else { die $_ }
}
`;
