/** One record of RFC 4180, as the docker client parses --mount, --network and --gpus. */
export function csv(fields: readonly string[]): string {
  return fields
    .map((field) => (/[",\n\r]|^\s/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}
