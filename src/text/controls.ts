/** A joiner shapes letters and emoji and moves nothing; all other format characters are shown. */
const controls = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/**
 * Control and format characters in ASCII, `\x1b` and `\u{202e}`: so that no name moves the cursor, leaves
 * its line or reverses the rest of it (Unicode, UAX #9, 2.1 to 2.4).
 */
export function withoutControls(text: string): string {
  return text.replace(controls, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).padStart(2, '0');
    return code.length === 2 ? `\\x${code}` : `\\u{${code}}`;
  });
}
