import { createHash } from 'node:crypto';

/** A short stable name for a configuration: 16 hex digits of the SHA-256 of its parts. */
export function fingerprint(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
