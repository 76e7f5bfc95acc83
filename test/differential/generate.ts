/**
 * Random scenarios, biased to where interesting things happen: failures within chains, restarts
 * with limits, conflicts, requests that meet units on their way.
 */
import type { DependencyKind, ServiceType } from '../../src/supervisor/engine/unit-config.ts';
import { randomFrom } from './random.ts';
import type { Action, KillSignal, Scenario, ServiceModel, Step, UnitModel } from './scenario.ts';

/** The same scenario for the same seed. */
export function generateScenario(seed: number): Scenario {
  return new Generator(randomFrom(seed)).scenario();
}

/** Choices with their weights. */
type Weighted<T> = readonly (readonly [number, T])[];

/** What a unit says of one that comes before it in the alphabet; a later one depends on earlier ones. */
const bundles: Weighted<readonly DependencyKind[]> = [
  [12, ['Requires', 'After']],
  [6, ['Wants', 'After']],
  [8, ['BindsTo', 'After']],
  [4, ['Requires', 'PartOf', 'After']],
  [3, ['PartOf', 'After']],
  [4, ['Requisite', 'After']],
  [3, ['Requires']],
  [2, ['Wants']],
  [2, ['BindsTo']],
  [1, ['PartOf']],
  [1, ['Requisite']],
  [3, ['Conflicts']],
  [3, ['Conflicts', 'After']],
  [2, ['Conflicts', 'Before']],
  [3, ['Upholds']],
  [3, ['Upholds', 'After']],
  [3, ['OnFailure']],
  [2, ['OnSuccess']],
  [2, ['PropagatesStopTo']],
  [2, ['PropagatesStopTo', 'Before']],
  [2, ['After']],
  [1, ['Before']],
  [1, ['Requires', 'Before']],
  [1, ['Wants', 'Before']],
];

const types: Weighted<ServiceType> = [
  [5, 'simple'],
  [2, 'exec'],
  [4, 'notify'],
  [5, 'oneshot'],
  [2, 'forking'],
];

const restarts: Weighted<string> = [
  [9, 'no'],
  [5, 'on-failure'],
  [4, 'always'],
  [1, 'on-success'],
  [1, 'on-abnormal'],
  [1, 'on-abort'],
];

/** ms. */
const spells: Weighted<number> = [
  [4, 0],
  [4, 400],
  [3, 900],
  [1, 1600],
];

const politeSignals: readonly KillSignal[] = ['SIGTERM', 'SIGHUP'];
const killSignals: readonly KillSignal[] = ['SIGKILL', 'SIGKILL', 'SIGUSR1', ...politeSignals];

class Generator {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  scenario(): Scenario {
    const count = this.#pick<number>([
      [3, 2],
      [4, 3],
      [4, 4],
      [3, 5],
      [2, 6],
      [1, 8],
      [1, 12],
    ]);
    const names = [...'abcdefghijkl']
      .slice(0, count)
      .map((letter) => letter + (this.#chance(0.12) ? '.target' : '.service'));
    const units = names.map((name, index) => this.#unit(name, names.slice(0, index)));
    return { units, steps: this.#steps(units) };
  }

  #unit(name: string, earlier: readonly string[]): UnitModel {
    return {
      name,
      dependencies: this.#dependencies(earlier),
      ...(this.#chance(0.35) ? { startBurst: 1 + this.#below(4) } : {}),
      ...(this.#chance(0.05) ? { conditionUnmet: true } : {}),
      ...(name.endsWith('.service') ? { service: this.#service() } : {}),
    };
  }

  #dependencies(earlier: readonly string[]): UnitModel['dependencies'] {
    const found = new Map<DependencyKind, Set<string>>();
    const edges = this.#pick<number>([
      [1, 0],
      [6, 1],
      [3, 2],
      [1, 3],
    ]);
    for (const other of this.#some(earlier, edges)) {
      for (const kind of this.#pick(bundles)) found.set(kind, (found.get(kind) ?? new Set()).add(other));
    }
    return Object.fromEntries([...found].map(([kind, others]) => [kind, [...others].sort()]));
  }

  #service(): ServiceModel {
    const type = this.#pick(types);
    const restart = this.#pick(restarts);
    const fits = type !== 'oneshot' || (restart !== 'always' && restart !== 'on-success');
    const trapping = this.#chance(0.15);
    const settings: Record<string, string> = {
      Type: type,
      ...(fits && restart !== 'no' ? { Restart: restart, ...this.#restartDelay() } : {}),
      ...(this.#chance(type === 'oneshot' ? 0.5 : 0.12) ? { RemainAfterExit: 'yes' } : {}),
      ...(this.#chance(type === 'notify' ? 0.4 : 0.15) ? { TimeoutStartSec: '1200ms' } : {}),
      ...(trapping || this.#chance(0.2) ? { TimeoutStopSec: '700ms' } : {}),
      ...(this.#chance(0.08) ? { SuccessExitStatus: '3' } : {}),
      ...(type !== 'forking' && this.#chance(0.06)
        ? { RestartPreventExitStatus: this.#of(['3', 'SIGKILL', '1 3']) }
        : {}),
      ...(type !== 'oneshot' && type !== 'forking' && this.#chance(0.05)
        ? { RestartForceExitStatus: this.#of(['3', '0', 'SIGKILL']) }
        : {}),
      ...(this.#chance(0.06)
        ? { KillMode: type === 'forking' ? 'mixed' : this.#of(['mixed', 'process']) }
        : {}),
      ...(type !== 'forking' && this.#chance(0.05) ? { KillSignal: 'SIGUSR1' } : {}),
      ...(!trapping && this.#chance(0.03) ? { SendSIGKILL: 'no' } : {}),
    };
    return { settings, commands: this.#commands(type, trapping) };
  }

  #restartDelay(): Record<string, string> {
    const delay = this.#of(['100ms', '100ms', '500ms', '1h', '1h']);
    if (delay === '100ms' && this.#chance(0.15))
      return { RestartSec: delay, RestartSteps: '2', RestartMaxDelaySec: '1s' };
    return { RestartSec: delay, ...(this.#chance(0.08) ? { RestartMode: 'direct' } : {}) };
  }

  #commands(type: ServiceType, trapping: boolean): ServiceModel['commands'] {
    const main = (trapping ? 'trap:TERM ' : '') + this.#main(type);
    return {
      ...(this.#chance(0.06) ? { condition: [this.#of(['exit:0', 'exit:1', 'exit:255'])] } : {}),
      ...(this.#chance(0.15) ? { 'start-pre': [this.#brief()] } : {}),
      start: type === 'oneshot' && this.#chance(0.15) ? [this.#brief(), main] : [main],
      ...(this.#chance(0.12) ? { 'start-post': [this.#brief()] } : {}),
      ...(this.#chance(0.15) ? { stop: [this.#brief()] } : {}),
      ...(this.#chance(0.12) ? { 'stop-post': [this.#brief()] } : {}),
    };
  }

  #main(type: ServiceType): string {
    const end = this.#chance(0.6) ? 'hang' : `${this.#sleep()}${this.#end()}`;
    // What systemd learns of a process at one moment and its end must not come at once: it takes both
    // before it runs a job, or either first.
    const laterEnd = end.startsWith('sleep') || end === 'hang' ? end : `sleep:400 ${end}`;
    // Of a process that the one it started left behind, the supervisor learns no exit status.
    const forked = this.#chance(0.7) ? 'hang' : 'sleep:400 exit:0';
    switch (type) {
      case 'simple':
        return end;
      case 'exec':
        return laterEnd;
      case 'notify':
        return this.#chance(0.85) ? `${this.#sleep()}ready ${laterEnd}` : end;
      case 'forking':
        return `${this.#sleep()}${this.#chance(0.9) ? `fork ${forked}` : end}`;
      case 'oneshot':
        return this.#chance(0.1) ? 'hang' : `${this.#sleep()}${this.#end()}`;
      default:
        return type satisfies never;
    }
  }

  #sleep(): string {
    const ms = this.#pick(spells);
    return ms === 0 ? '' : `sleep:${ms} `;
  }

  #end(): string {
    return this.#pick<string>([
      [5, 'exit:0'],
      [4, 'exit:1'],
      [1, 'exit:3'],
      [1, 'kill:KILL'],
      [1, 'kill:TERM'],
    ]);
  }

  /** A command beside the main one: mostly good, sometimes slow, failing or hanging. */
  #brief(): string {
    return this.#pick<string>([
      [5, 'exit:0'],
      [3, 'sleep:400 exit:0'],
      [2, 'exit:1'],
      [2, '-exit:1'],
      [1, 'sleep:400 exit:1'],
      [1, 'kill:KILL'],
      [1, 'hang'],
    ]);
  }

  #steps(units: readonly UnitModel[]): readonly Step[] {
    const first: Action = { do: 'start', unit: units[units.length - 1 - this.#below(2)]?.name ?? '' };
    const more = 1 + this.#below(5);
    return [
      this.#chance(0.25) ? [first, ...this.#step(units)] : [first],
      ...Array.from({ length: more }, () => this.#step(units)),
    ];
  }

  #step(units: readonly UnitModel[]): Step {
    const actions = this.#pick<number>([
      [6, 1],
      [3, 2],
      [1, 3],
    ]);
    return Array.from({ length: actions }).flatMap((_, index): Action[] => [
      ...(index > 0 && this.#chance(0.5) ? [{ do: 'wait' as const, ms: this.#of([250, 700, 1250]) }] : []),
      this.#action(this.#of(units)),
    ]);
  }

  #action({ name: unit, service }: UnitModel): Action {
    const verb = this.#pick<'start' | 'stop' | 'restart' | 'reset-failed' | 'kill'>([
      [7, 'start'],
      [5, 'stop'],
      [4, 'restart'],
      [1, 'reset-failed'],
      [service === undefined ? 0 : 6, 'kill'],
    ]);
    if (verb !== 'kill') return { do: verb, unit };
    const signals = service?.settings['Type'] === 'forking' ? politeSignals : killSignals;
    return { do: 'kill', unit, signal: this.#of(signals) };
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }

  #of<T>(choices: readonly T[]): T {
    return choices[this.#below(choices.length)] as T;
  }

  #pick<T>(choices: Weighted<T>): T {
    let left = this.#random() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) if ((left -= weight) < 0) return choice;
    return (choices.at(-1) as Weighted<T>[number])[1];
  }

  /** At most so many of them, each once. */
  #some<T>(choices: readonly T[], count: number): readonly T[] {
    return [...new Set(Array.from({ length: choices.length === 0 ? 0 : count }, () => this.#of(choices)))];
  }
}
