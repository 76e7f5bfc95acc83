/**
 * Receives sd_notify(3) messages: datagrams of a Unix socket, which Node cannot read. So a child process receives them
 * with a program of the host, one for each unit that waits.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LineCutter } from '../../text/line-streams.ts';
import { ensureOwnDirectory } from '../machine/own-directory.ts';
import { findProgram } from '../machine/programs.ts';

/** Programs that print every datagram, each ended by a newline, and end when their standard input does. */
const receivers: readonly {
  readonly program: string;
  readonly arguments: (path: string) => readonly string[];
}[] = [
  {
    program: 'python3',
    arguments: (path) => [
      '-c',
      'import socket,sys,threading,os\n' +
        's=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\ns.bind(sys.argv[1])\nprint("BOUND",flush=True)\n' +
        'threading.Thread(target=lambda:(sys.stdin.read(),os._exit(0)),daemon=True).start()\n' +
        'while True: print(s.recv(65536).decode("utf-8","replace"),flush=True)',
      path,
    ],
  },
  {
    program: 'perl',
    arguments: (path) => [
      '-MIO::Socket::UNIX',
      '-MSocket',
      '-e',
      '$|=1; my $s=IO::Socket::UNIX->new(Type=>SOCK_DGRAM,Local=>$ARGV[0]) or die "bind: $!"; print "BOUND\\n"; ' +
        'while(1){ my $r=""; vec($r,0,1)=1; vec($r,fileno($s),1)=1; select($r,undef,undef,undef); ' +
        'if(vec($r,fileno($s),1)){ my $m; $s->recv($m,65536); print "$m\\n"; } ' +
        'if(vec($r,0,1)){ exit 0 unless sysread(STDIN,my $x,1); } }',
      path,
    ],
  },
];

export interface Receiver {
  readonly path: string;
  close(): void;
}

/** How long the receiver may take to begin, and how often to check for it, in ms. */
const beginTimeout = 2000;
const beginPause = 5;

/**
 * Listens at a socket in the directory, from when this returns: a message to a missing socket is lost, and the unit
 * would wait for it in vain.
 * @returns undefined where the host has no program to receive with
 */
export function receiveNotifications(
  directory: string,
  unit: string,
  environment: NodeJS.ProcessEnv,
  ready: () => void,
): Receiver | undefined {
  const receiver = receiverIn(environment);
  if (receiver === undefined) return undefined;
  ensureOwnDirectory(directory, 0o700);
  const path = join(directory, unit);
  rmSync(path, { force: true });
  const child: ChildProcess = spawn(receiver.program, receiver.arguments(path), {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => undefined);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + beginTimeout;
  while (child.pid !== undefined && !existsSync(path) && performance.now() < end)
    Atomics.wait(sleeper, 0, 0, beginPause);
  const cutter = new LineCutter();
  child.stdout?.on('data', (bytes: Buffer) => {
    for (const line of cutter.push(bytes)) if (line === 'READY=1') ready();
  });
  return {
    path,
    close: () => {
      child.stdin?.destroy();
      child.kill();
    },
  };
}

function receiverIn(environment: NodeJS.ProcessEnv): (typeof receivers)[number] | undefined {
  const directories = (environment['PATH'] ?? '').split(delimiter).filter(Boolean);
  return receivers.find(({ program }) => findProgram(program, directories) !== undefined);
}
