/** `why`: the causal chain of a unit's present state, from the manager's history, and the line of the log that explains it. */
import type { Style } from '../ui/style.ts';
import { withoutControls } from '../text/width.ts';
import type { Cause } from '../status/causes/cause.ts';
import { quotes } from '../status/causes/name-cause.ts';
import { isTrouble, needsOf, readCause, readHistory } from '../status/causes/read-causes.ts';
import { isOwnWord } from '../status/causes/refusals.ts';
import type { WhyLink } from '../status/causes/chain.ts';
import { explainState } from '../status/causes/why-chain.ts';
import type { Context, ExitCode, GlobalOptions } from '../run/context.ts';
import { chooseOnHost, withHost } from '../session/session.ts';
import { servicesOf } from '../session/installed-units.ts';
import { reportText } from '../run/report.ts';

/** What `why --json` prints, one a unit. */
export interface WhyReport {
  readonly unit: string;
  /** From the present state down to its first cause; times as ISO 8601 has them. */
  readonly chain: readonly (Omit<WhyLink, 'time'> & { readonly time: string | null })[];
  /** What lies at the bottom of it, named as `start`, `apply` and `doctor` name it; null where nothing does. */
  readonly cause: (Omit<Cause, 'time'> & { readonly time: string | null }) | null;
}

/** Explains the services named, or those of the project at hand. Always 0: it tells, it does not judge. */
export function run(context: Context, options: GlobalOptions, names: readonly string[]): Promise<ExitCode> {
  return withHost(context, options, async (host) => {
    const chosen = await chooseOnHost(host, context, options, names);
    const services = servicesOf(chosen, host.installed);
    const asked = [
      ...services,
      ...chosen.filter((unit) => unit.kind !== 'target' && !services.includes(unit)),
    ];
    const [states, history] = await Promise.all([
      host.manager.states(asked.map(({ name }) => name)),
      readHistory(asked, host),
    ]);
    const needs = needsOf(host.installed);
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

/** The line that explains it all, where there is one: what the chain says above it is not said again. */
function causeLink({ unit, what, said, time, kind }: Cause): readonly WhyLink[] {
  if (said === null) return [];
  if (quotes.has(kind)) return [{ unit, time, what: `wrote at last: ${said}` }];
  return [{ unit, time, what: `could not go on: ${what}${isOwnWord(kind) ? '' : ` (${said})`}` }];
}

function renderChain({ chain, cause }: WhyReport, style: Style): string {
  const lines = chain.map(({ unit, time, what }, depth) => {
    const when = time === null ? '' : style.dim(`  ${time}`);
    const because = depth === 0 ? '' : `${'  '.repeat(depth - 1)}${style.dim('└ ')}`;
    return `${because}${style.unit(unit)} ${withoutControls(what)}${when}`;
  });
  const remedy =
    cause === null || cause.remedy === null || !isTrouble(cause as Cause)
      ? []
      : [`${style.dim('→')} ${cause.remedy}`];
  return [...lines, ...remedy].join('\n');
}
