/** The well-formed sequences of more than one byte (RFC 3629, 4), and single bytes. */
const sequence =
  /(?:[\xc2-\xdf]|\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f]|\xf0[\x90-\xbf][\x80-\xbf]|[\xf1-\xf3][\x80-\xbf]{2}|\xf4[\x80-\x8f][\x80-\xbf])[\x80-\xbf]|[\x80-\xff]/g;

/**
 * The text of a file, with Compose's rules for encodings: UTF-16 where the file starts with its mark, else UTF-8. A
 * byte that does not belong to a character becomes half a surrogate pair, U+DC80 to U+DCFF, which no text contains: the
 * parser of the text refuses it at its position, and ignores it where it skips text, such as a comment in a file of
 * variables.
 */
export function textOfBytes(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('latin1');
  if (mark === '\xff\xfe' || mark === '\xfe\xff') {
    const whole = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
    const rest = bytes.subarray(whole.length).toString('latin1');
    return (mark === '\xff\xfe' ? whole : whole.swap16()).toString('utf16le') + rest.replace(/./s, halfOf);
  }
  const text = bytes.toString('utf8');
  // Only then may a byte have been lost.
  if (!text.includes('\ufffd')) return text;
  return bytes
    .toString('latin1')
    .replace(sequence, (match) =>
      match.length === 1 ? halfOf(match) : Buffer.from(match, 'latin1').toString('utf8'),
    );
}

function halfOf(byte: string): string {
  return String.fromCharCode(0xdc00 + byte.charCodeAt(0));
}
