/** Codes of system errors. */

/** Whether the error is a system error with one of the codes: `ENOENT`… */
export function isCode(error: unknown, ...codes: readonly string[]): boolean {
  return codeOf(error) !== undefined && codes.includes(codeOf(error) ?? '');
}

/** The code of a system error: `ENOENT`…; undefined for any other error. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
