/** `why`: the causal chain of a unit's present state, from the manager's history. */
import type { Context, ExitCode, GlobalOptions } from './context.ts';
import { chooseOnHost, withHost } from './host-ports.ts';
import { requirementsOf, servicesOf, withDependencies } from './installed-units.ts';
import type { InstalledUnit } from './installed-units.ts';
import { namesOf } from '../units/unit-set.ts';
import type { Style } from '../ui/style.ts';
import { explainState } from './why-chain.ts';
import type { WhyLink } from './why-chain.ts';

/** What `why --json` prints, one a unit. */
export interface WhyReport {
  readonly unit: string;
  /** From the present state down to its first cause; times as ISO 8601 has them. */
  readonly chain: readonly (Omit<WhyLink, 'time'> & { readonly time: string | null })[];
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
    const around = withDependencies(asked, host.installed);
    const related = [...new Set(around.flatMap((unit) => [unit.name, ...requirementsOf(unit)]))];
    const [states, history] = await Promise.all([
      host.manager.states(asked.map(({ name }) => name)),
      host.manager.history(related),
    ]);
    const reports = states.map((state): WhyReport => {
      const needs = needsOf(new Map(host.installed.map((unit) => [unit.name, unit])));
      const chain = explainState(state, history, needs);
      return { unit: state.name, chain: chain.map((link) => ({ ...link, time: isoTime(link.time) })) };
    });
    context.out.write(
      options.json === true
        ? `${JSON.stringify(reports, null, 2)}\n`
        : `${reports.map((report) => renderChain(report, context.out.style)).join('\n\n')}\n`,
    );
    return 0 as const;
  });
}

const isoTime = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

function needsOf(installed: ReadonlyMap<string, InstalledUnit>) {
  const of = (unit: string, read: (known: InstalledUnit) => readonly string[]): readonly string[] => {
    const known = installed.get(unit);
    return known === undefined ? [] : read(known);
  };
  return {
    requires: (unit: string) => of(unit, requirementsOf),
    after: (unit: string) => of(unit, (known) => namesOf(known.unit, 'After')),
  };
}

function renderChain({ chain }: WhyReport, style: Style): string {
  return chain
    .map(({ unit, time, what }, depth) => {
      const when = time === null ? '' : style.dim(`  ${time}`);
      const because = depth === 0 ? '' : `${'  '.repeat(depth - 1)}${style.dim('└ ')}`;
      return `${because}${style.unit(unit)} ${what}${when}`;
    })
    .join('\n');
}
