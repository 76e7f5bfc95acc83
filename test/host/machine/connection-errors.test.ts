import { describe, expect, test } from 'vitest';
import { connectError, connectionLost } from '../../../src/host/machine/connection-errors.ts';
import { HostError } from '../../../src/model/ports.ts';

describe('messages of ssh', () => {
  test.each<[string, string, RegExp]>([
    [
      'ssh: Could not resolve hostname web1: Name or service not known',
      'there is no host of that name',
      /~\/\.ssh\/config/,
    ],
    ['ssh: connect to host web1 port 22: Connection refused', 'it cannot be reached', /ssh root@web1 true/],
    ['ssh: connect to host web1 port 22: No route to host', 'it cannot be reached', /is up/],
    ['ssh: connect to host web1 port 22: Connection timed out', 'it cannot be reached', /is up/],
    ['kex_exchange_identification: Connection closed by remote host', 'it cannot be reached', /is up/],
    ['root@web1: Permission denied (publickey,password).', 'it lets you not in', /ssh-copy-id root@web1/],
    ['Host key verification failed.', 'its key is not the one that is known', /ssh root@web1$/],
    ['something new', 'ssh failed', /ssh root@web1 true/],
  ])('%s', (stderr, what, remedy) => {
    const notice = "Warning: Permanently added 'web1' (ED25519) to the list of known hosts.\r\n";
    const error = connectError('root@web1', `${notice}${stderr}\n`, undefined);
    expect(error).toBeInstanceOf(HostError);
    expect(error.message).toBe(`Cannot work on root@web1: ${what} (${stderr})`);
    expect(error.remedy).toMatch(remedy);
  });

  test('nothing, where there is no ssh', () => {
    expect(connectError('web1', '', 'ENOENT')).toMatchObject({
      message: 'There is no ssh on $PATH',
      remedy: 'Install it: apt install openssh-client',
    });
  });

  test('as the connection is lost', () => {
    const { message, remedy } = connectionLost('web1', 'client_loop: send disconnect: Broken pipe\n');
    expect(message).toBe('The connection to web1 was lost (client_loop: send disconnect: Broken pipe)');
    expect(remedy).toContain('run the same command again');
  });
});
