/**
 * A short stable name for a configuration: 16 hex digits, unlikely to match those of another one.
 *
 * Not from node:crypto, as that takes longer to load than a small project takes to compile, and no user gains by making
 * two of their own configurations look alike. The rounds of XXH32
 * (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md) compute the first word from the bytes, and the
 * second from the states of the first.
 */
export function fingerprint(parts: readonly string[]): string {
  const words = wordsOf(parts.join('\0'));
  let first = words.length;
  let second = prime5;
  for (let at = 0; at < words.length; at++) {
    first += Math.imul(words[at] ?? 0, prime2);
    first = Math.imul((first << 13) | (first >>> 19), prime1);
    second = Math.imul(second ^ first, prime4);
  }
  return hex(mix(first ^ second)) + hex(mix(second));
}

const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;

/** Reused for each text: a new buffer for every unit costs V8 more than its hash. */
let bytes = Buffer.alloc(16_384);

/** The UTF-8 bytes by fours, padded with zeros; valid until the next call. */
function wordsOf(text: string): Int32Array {
  // A UTF-16 code unit takes at most three bytes.
  if (bytes.length < text.length * 3 + 4) bytes = Buffer.alloc(text.length * 6 + 4);
  const length = bytes.write(text);
  const count = (length >> 2) + 1;
  bytes.fill(0, length, count * 4);
  return new Int32Array(bytes.buffer, bytes.byteOffset, count);
}

/** Mixes all bits, as XXH32 does at its end. */
function mix(word: number): number {
  let hash = Math.imul(word ^ (word >>> 15), prime2);
  hash = Math.imul(hash ^ (hash >>> 13), prime3);
  return hash ^ (hash >>> 16);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
