/** The file names Compose looks for in a directory, in its order; the first existing one counts. */
export const composeFileNames = [
  'compose.yaml',
  'compose.yml',
  'docker-compose.yml',
  'docker-compose.yaml',
] as const;

/** The names of the override file, merged over the file found, where no -f is given. */
export const composeOverrideFileNames = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
] as const;
