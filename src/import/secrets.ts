/** Finds values that look like secrets and would be readable in the file. */
import type { ServiceKey } from '../compose/keys.ts';
import { holdsVariable } from './compose-text.ts';
import type { ImportReport, Yaml } from './draft.ts';

const secretName =
  /PASSW|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL|(?:^|_)(?:PASS|PWD|AUTH)$/i;

/** One note for the variables of a service; a path, such as that of NAME_FILE, is no secret. */
export function noteSecrets(
  service: string,
  keys: Partial<Record<ServiceKey, Yaml>>,
  report: ImportReport,
): void {
  const environment = keys.environment;
  if (typeof environment !== 'object' || environment === null || Array.isArray(environment)) return;
  const names = Object.entries(environment as Readonly<Record<string, Yaml>>)
    .filter(
      ([name, value]) =>
        secretName.test(name) &&
        !name.endsWith('_FILE') &&
        typeof value === 'string' &&
        value !== '' &&
        !holdsVariable(value),
    )
    .map(([name]) => name);
  const [first] = names;
  if (first === undefined) return;
  report(
    'note',
    'secret-in-file',
    `the file shows what may be secret: ${names.join(', ')} of ${service}`,
    `Put the value into .env, for you alone to read (chmod 600), and write ${first}: \${${first}} in its place`,
  );
}
