/** `doctor`: checks the host for problems that would keep the services from running, and says what to do. */
import { renderDiagnostic, summarise } from '../ui/render-diagnostic.ts';
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import type { CheckOutcome, Examination } from '../doctor/checks.ts';
import { examine } from '../doctor/checks.ts';
import { gatherFacts } from '../doctor/gather-facts.ts';
import { writeReport } from '../run/report.ts';

/** Exit 0 where all is well or there are notes alone, 1 with errors or warnings. Changes nothing. */
export async function run(context: Context, options: GlobalOptions): Promise<ExitCode> {
  const facts = await gatherFacts(context, options);
  const examination = examine(facts);
  if (options.json === true) {
    const report = {
      manager: facts.manager.kind,
      scope: facts.scope,
      checks: examination.outcomes,
      findings: examination.findings,
    };
    writeReport(context.out, report);
  } else {
    context.out.write(
      render(examination, context)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }
  return examination.findings.some(({ severity }) => severity !== 'note') ? 1 : 0;
}

/** The findings, then the checks that could not run, then the number of each. */
function render({ findings, outcomes }: Examination, { out: { style } }: Context): readonly string[] {
  const unknown = outcomes.filter(({ outcome }) => outcome === 'unknown');
  const count = outcomes.length - unknown.length;
  return [
    ...findings.flatMap((finding) => renderDiagnostic(finding, { style })),
    ...unknown
      .filter(({ toldBy }) => toldBy === undefined)
      .map(({ check, why = '' }: CheckOutcome) => style.dim(`not checked: ${check} (${why})`)),
    `${String(count)} checks: ${summarise(findings, style)}`,
  ];
}
