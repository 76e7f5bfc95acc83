/**
 * `config`: the Compose files as one, with variables and paths resolved and every key in its long
 * form, as `docker compose config` prints it.
 */
import { Document } from 'yaml';
import type { Diagnostic } from '../model/diagnostic.ts';
import { boundDiagnostics, hasErrors, inReadingOrder } from '../model/diagnostic.ts';
import { specificationReader } from '../host/units/compose-files.ts';
import type { FindingCode } from '../compose/findings.ts';
import { Findings } from '../compose/findings.ts';
import { canonicalSpecification } from '../compose/canonical.ts';
import { writeJson, writeYaml } from '../compose/yaml/write-yaml.ts';
import { loadInput, printDiagnostics } from '../session/compile-project.ts';
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';

export interface ConfigOptions extends GlobalOptions {
  readonly services?: boolean;
  readonly format?: keyof typeof forms;
}

/**
 * These are not errors of the files: only the verbs that make units report keys that dockunit cannot
 * translate, and a project without active services.
 */
const forUnitsOnly: readonly string[] = ['key-not-supported', 'no-services'] satisfies FindingCode[];

const forms = {
  yaml: (specification: object) =>
    writeYaml(new Document(specification, { aliasDuplicateObjects: false }), {}),
  json: writeJson,
};

/** Exit 0 with the specification on standard output, 2 with the findings where it is wrong. */
export async function run(context: Context, options: ConfigOptions): Promise<ExitCode> {
  const { source, outcome } = await loadInput(context, options);
  const findings = new Findings();
  const { specification } = outcome;
  const canonical =
    specification &&
    canonicalSpecification(specification, specificationReader(options, source.directory), findings);
  const diagnostics = boundDiagnostics(
    inReadingOrder(
      withoutRepeats([...outcome.diagnostics, ...findings.all]).filter(
        ({ code }) => !forUnitsOnly.includes(code),
      ),
      source.files.map(({ path }) => path),
    ),
  );
  printDiagnostics(context, { source, diagnostics });
  if (canonical === undefined || hasErrors(diagnostics)) return 2;
  const services = Object.keys(canonical.services ?? {});
  if (options.services === true) context.out.write(services.map((name) => `${name}\n`).join(''));
  // Writes a dollar sign as one again, so that the output means the same when it is read.
  else context.out.write(forms[options.format ?? 'yaml'](canonical).replaceAll('$', '$$$$'));
  return 0;
}

/** Reports a finding that both readings of a key found only once. */
function withoutRepeats(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((diagnostic) => [JSON.stringify(diagnostic), diagnostic])).values()];
}
