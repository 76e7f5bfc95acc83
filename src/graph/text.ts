/** Control characters as `\\x1b`, so that a name cannot move the cursor or break out of its line. */
export function withoutControls(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
