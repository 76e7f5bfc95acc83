/** Standard output and error as plain file descriptors, without Node's streams. */
import { fstatSync, writeSync } from 'node:fs';
import { isCode } from './error-codes.ts';

/**
 * open(2): a descriptor of the path alone, without opening the file or permission to read it. Node has no name for it.
 */
export const O_PATH = 0o10000000;

/** /dev/null: character device 1, 3 of the kernel's admin-guide/devices.txt, as makedev(3) puts it. */
export const nullDevice = 0x103;

/** Whether a descriptor may be a terminal; pipes, sockets, files and /dev/null are not. */
export function mayBeTerminal(descriptor: number): boolean {
  const file = fstatSync(descriptor);
  return file.isCharacterDevice() && file.rdev !== nullDevice;
}

/** Writes all of it before it returns; waits where a parent process has made the descriptor non-blocking. */
export function writeAll(descriptor: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      if (!isCode(error, 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
