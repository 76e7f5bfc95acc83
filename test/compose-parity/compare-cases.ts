/** Many Compose files as docker compose and dockunit read them, held against a table of the differences that are accepted. */
import type { Host } from '../e2e/throwaway-host.ts';
import type { ConfigVerdict } from './config-differences.ts';
import { type Asked, compareConfigs, composeConfigs, dockunitConfig } from './print-config.ts';

export interface Case extends Asked {
  /** Tells it from all others. */
  readonly what: string;
}

/** A way in which the two may differ; what is given of it must fit a case. */
export interface CaseDifference {
  readonly reason: string;
  readonly verdicts: readonly ConfigVerdict[];
  /** Of `what`. */
  readonly cases?: RegExp;
  /** Of what the one that refuses says, or of where they differ. */
  readonly details?: RegExp;
}

export interface CaseReport {
  /** Of each verdict, how many. */
  readonly counts: string;
  /** What no difference of the table is. */
  readonly unexpected: readonly string[];
  /** The reasons in the table that are those of no case. */
  readonly unmet: readonly string[];
}

export async function compareCases(
  host: Host,
  cases: readonly Case[],
  accepted: readonly CaseDifference[],
): Promise<CaseReport> {
  const answers = await composeConfigs(host, cases);
  const counts = new Map<string, number>();
  const unexpected: string[] = [];
  const met = new Set<CaseDifference>();
  for (const [index, one] of cases.entries()) {
    const answer = answers[index];
    if (answer === undefined) throw new Error(`compose was not asked for ${one.what}`);
    const { verdict, detail } = compareConfigs(answer, await dockunitConfig(one), one.format);
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    if (verdict === 'equal' || verdict === 'both-refuse') continue;
    const difference = accepted.find(
      ({ verdicts, cases: names, details }) =>
        verdicts.includes(verdict) && names?.test(one.what) !== false && details?.test(detail) !== false,
    );
    if (difference) met.add(difference);
    else unexpected.push(`${verdict} ${one.what}: ${detail}`);
  }
  return {
    counts: Array.from(counts, ([verdict, count]) => `${verdict} ${String(count)}`).join(', '),
    unexpected,
    unmet: accepted.filter((difference) => !met.has(difference)).map(({ reason }) => reason),
  };
}
