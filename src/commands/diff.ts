/** `diff`: compares the installed and running units with the Compose file. */
import type { UnitChange } from '../rollout/compare-units.ts';
import type { Drift } from '../rollout/drift.ts';
import { type Plan, isEmptyPlan } from '../rollout/plan-apply.ts';
import { isUnstarted } from '../host/revisions/store.ts';
import { HostError } from '../model/ports.ts';
import { stateDirectories } from '../host/units/state-directories.ts';
import { unitSearchPath } from '../host/units/unit-directories.ts';
import { selectManager } from '../manager/select.ts';
import type { Manager } from '../manager/manager.ts';
import { compileOverInstalled, printDiagnostics, setOrPrint } from '../session/compile-project.ts';
import { type Context, type ExitCode, type GlobalOptions, UsageError, scopeOf } from '../run/context.ts';
import { refuseGenerated } from '../session/refuse-generated.ts';
import { readInstalled } from '../session/installed-units.ts';
import { findOrigin } from '../session/origin.ts';
import { planChanges } from '../rollout/plan.ts';
import { renderPins, reportedPins } from '../rollout/render-pins.ts';
import { loadResources } from '../rollout/rollout-host.ts';
import { renderChanges, renderPlan, renderRemarks } from '../rollout/render-changes.ts';
import { commandHint } from '../run/command-hint.ts';
import { writeRemark, writeReport } from '../run/report.ts';

export interface DiffOptions extends GlobalOptions {
  /** 0 same, 1 differs, 2 any error. */
  readonly exitCode?: boolean;
  /** Whether the plan is that of `apply --prune`. */
  readonly prune?: boolean;
}

/** `--json` of diff. */
export interface DiffReport {
  readonly project: string;
  readonly directory: string;
  readonly differs: boolean;
  /** Units that are the same are left out. */
  readonly units: readonly UnitChange[];
  readonly drift: readonly Drift[];
  /** The steps that `apply` would do. */
  readonly plan: Plan;
}

/** Shows the differences and the steps that `apply` would do; changes nothing. */
export async function run(context: Context, options: DiffOptions): Promise<ExitCode> {
  if (options.exitCode !== true) return showDifferences(context, options);
  try {
    return await showDifferences(context, options);
  } catch (error) {
    // 1 says that there are differences, and nothing else.
    if (error instanceof HostError) throw new UsageError(error.message, error.remedy);
    throw error;
  }
}

async function showDifferences(context: Context, options: DiffOptions): Promise<ExitCode> {
  const compilation = await compileOverInstalled(context, options);
  const set = setOrPrint(context, compilation);
  if (set === undefined) return 2;
  const { directory, scope } = compilation.target;
  refuseGenerated('change', set.project, scope, context);
  const installedUnits = readInstalled(unitSearchPath(scope, context.environment));
  printDiagnostics(context, {
    source: compilation.source,
    diagnostics: findOrigin(compilation, set, installedUnits, context, options),
  });
  const manager = await reachManager(context, options);
  try {
    const changePlan = await planChanges(
      set,
      directory,
      { manager, resources: await loadResources() },
      {
        prune: options.prune === true,
        exact: options.unpin === true,
        isUnstarted: isUnstarted(
          stateDirectories(scope, context.environment, context.uid).state,
          set.project,
        ),
      },
    );
    const { changes, drift, plan, gaps } = changePlan;
    const units = changes.filter(({ change }) => change !== 'same');
    const differs = units.length + drift.length > 0 || !isEmptyPlan(plan);
    const { out, err } = context;
    for (const line of gaps) writeRemark(err, 'note', line);
    if (options.json === true) {
      const report: DiffReport = { project: set.project, directory, differs, units, drift, plan };
      writeReport(out, report);
    } else {
      for (const line of renderChanges(changes, drift, out.style)) out.write(`${line}\n`);
      const steps = renderPlan(plan, out.style);
      if (steps.length > 0) out.write(`\napply:\n${steps.map((step) => `    ${step}\n`).join('')}`);
      for (const line of renderRemarks(plan, commandHint(scope))) err.write(`${line}\n`);
      for (const line of renderPins(reportedPins(changePlan), 'apply')) err.write(`${line}\n`);
      if (!differs) err.write(`${set.project} is up to date\n`);
    }
    return differs && options.exitCode === true ? 1 : 0;
  } finally {
    manager?.close();
  }
}

/** The files can be compared where no manager runs them, such as in CI. */
async function reachManager(context: Context, options: DiffOptions): Promise<Manager | undefined> {
  const scope = scopeOf(options);
  try {
    return await selectManager({ scope, ...(options.manager !== undefined && { kind: options.manager }) });
  } catch (error) {
    if (!(error instanceof HostError) || options.manager !== undefined) throw error;
    writeRemark(context.err, 'note', `what runs is not known, and counts as running: ${error.message}`);
    return undefined;
  }
}
