/** `why`: the causal chain of a unit's present state, from the manager's history, and the line of the log that explains it. */
import type { Style } from '../ui/style.ts';
import { withoutControls } from '../text/width.ts';
import type { FailureCause } from '../status/causes/cause.ts';
import { quotes } from '../status/causes/name-cause.ts';
import { isTrouble, needsOf, readCause, readHistory } from '../status/causes/read-causes.ts';
import { isOwnWord } from '../status/causes/refusals.ts';
import type { WhyLink } from '../status/causes/chain.ts';
import { explainState } from '../status/causes/why-chain.ts';
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { chooseOnHost, withHost } from '../session/session.ts';
import { servicesOf } from '../session/installed-units.ts';
import { reportText } from '../run/report.ts';

/** The output of `why --json`, one for each unit. */
export interface WhyReport {
  readonly unit: string;
  /** From the present state down to its first cause; times in ISO 8601. */
  readonly chain: readonly (Omit<WhyLink, 'time'> & { readonly time: string | null })[];
  /** The root cause, named as in `start`, `apply` and `doctor`; null where there is none. */
  readonly cause: (Omit<FailureCause, 'time'> & { readonly time: string | null }) | null;
}

/** Explains the services named, or those of the default project. Always 0: it explains, it does not judge. */
export function run(context: Context, options: GlobalOptions, names: readonly string[]): Promise<ExitCode> {
  return withHost(context, options, async (host) => {
    const units = await chooseOnHost(host, context, options, names);
    const services = servicesOf(units, host.installedUnits);
    const subjects = [
      ...services,
      ...units.filter((unit) => unit.kind !== 'target' && !services.includes(unit)),
    ];
    const [states, history] = await Promise.all([
      host.manager.states(subjects.map(({ name }) => name)),
      readHistory(subjects, host),
    ]);
    const needs = needsOf(host.installedUnits);
    const reports = await Promise.all(
      states.map(async (state): Promise<WhyReport> => {
        const chain = explainState(state, history, needs);
        const cause = await readCause(chain, host);
        const links = cause === undefined ? chain.links : [...chain.links, ...causeLink(cause)];
        return {
          unit: state.name,
          chain: links.map((link) => ({ ...link, time: isoTime(link.time) })),
          cause: cause === undefined ? null : { ...cause, time: isoTime(cause.time) },
        };
      }),
    );
    context.out.write(
      options.json === true
        ? reportText(reports)
        : `${reports.map((report) => renderChain(report, context.out.style)).join('\n\n')}\n`,
    );
    return 0 as const;
  });
}

const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

/** The line that explains the chain, where there is one; it does not repeat the chain above it. */
function causeLink({ unit, what, said, time, kind }: FailureCause): readonly WhyLink[] {
  if (said === null) return [];
  if (quotes.has(kind)) return [{ unit, time, what: `wrote at last: ${said}` }];
  return [{ unit, time, what: `could not continue: ${what}${isOwnWord(kind) ? '' : ` (${said})`}` }];
}

function renderChain({ chain, cause }: WhyReport, style: Style): string {
  const lines = chain.map(({ unit, time, what }, depth) => {
    const when = time === null ? '' : style.dim(`  ${time}`);
    const because = depth === 0 ? '' : `${'  '.repeat(depth - 1)}${style.dim('└ ')}`;
    return `${because}${style.unit(unit)} ${withoutControls(what)}${when}`;
  });
  const remedy =
    cause === null || cause.remedy === null || !isTrouble(cause as FailureCause)
      ? []
      : [`${style.dim('→')} ${cause.remedy}`];
  return [...lines, ...remedy].join('\n');
}
