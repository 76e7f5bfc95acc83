/** A process that tries to take the lock of a directory, says what came of it, and stays for as long as it is told. */
import { takeLock } from '../../src/host/machine/lock.ts';

const held = takeLock(process.argv[2] ?? '');
process.stdout.write(held === undefined ? 'taken\n' : 'refused\n');
if (held === undefined) setInterval(() => undefined, 1000);
