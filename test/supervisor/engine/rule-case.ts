/**
 * Cases of the engine's rules as text, steps and what must hold after them in one place:
 *
 *     case: Wants dependents continue when what they want fails
 *     unit: web Wants=db After=db
 *     do: start web
 *     is: web=active/running
 *
 * `unit:` a name (a service unless it ends in .target or .external), then directives. `do:` one of
 * start|stop|restart|try-restart|reset-failed UNIT, start-or-fail UNIT (job mode fail), exit
 * UNIT[.control] CODE|SIGNAL [survivors|late=MS], gone UNIT, ready UNIT, executed UNIT, up|down UNIT,
 * condition UNIT met|unmet, tick, `+500ms`. Then, of all that happened since the last of its kind:
 * `is: UNIT=ACTIVE/SUB[/RESULT][/NRESTARTS]`, `spawned: UNIT:PHASE…`, `signalled: UNIT:SIGNAL…`,
 * `ended: UNIT:JOB:RESULT…`, `refused: REASON`, `delay: UNIT MS` until its deadline.
 */
import type { HistoryEntry, HistoryFact } from '../../../src/supervisor/control/supervisor-api.ts';
import { createEngine, nextDeadline, step } from '../../../src/supervisor/engine/step.ts';
import type { Effect, Event } from '../../../src/supervisor/engine/protocol.ts';
import {
  activeStateOf,
  type EngineState,
  type Exit,
  type RulesVersion,
} from '../../../src/supervisor/engine/state.ts';
import {
  type Dependencies,
  type DependencyKind,
  dependencyKinds,
  execDirectives,
  execPhases,
  type ServiceConfig,
  type UnitConfig,
} from '../../../src/supervisor/engine/unit-config.ts';

export interface RuleCase {
  readonly title: string;
  readonly rules: RulesVersion;
  readonly lines: readonly { readonly word: string; readonly rest: string }[];
}

export function parseCases(text: string): readonly RuleCase[] {
  return text
    .split(/\n(?=case:)/)
    .map((block) => block.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')))
    .filter((lines) => lines.length > 0)
    .map((lines) => {
      const parsed = lines.map((line) => {
        const at = line.indexOf(':');
        return { word: line.slice(0, at), rest: line.slice(at + 1).trim() };
      });
      const title = parsed.find(({ word }) => word === 'case')?.rest;
      if (title === undefined) throw new Error(`a case without a title: ${lines.join(' | ')}`);
      const rules = parsed.some(({ word, rest }) => word === 'rules' && rest === '252') ? 252 : 257;
      return { title, rules, lines: parsed.filter(({ word }) => word !== 'case' && word !== 'rules') };
    });
}

/** Lines of what was expected and of what was seen, to be compared whole. */
export function runCase({ rules, lines }: RuleCase): { expected: string[]; seen: string[] } {
  const units = lines.filter(({ word }) => word === 'unit').map(({ rest }) => parseUnit(rest));
  const world = new World(createEngine(units, rules));
  const expected: string[] = [];
  const seen: string[] = [];
  for (const { word, rest } of lines) {
    if (word === 'unit') continue;
    if (word === 'do') world.act(rest);
    else {
      expected.push(`${word}: ${rest}`);
      seen.push(`${word}: ${world.describe(word, rest)}`);
    }
  }
  return { expected, seen };
}

export class World {
  now = 0;
  readonly history: HistoryEntry[] = [];
  #effects: Effect[] = [];
  readonly #read = new Map<string, number>();
  readonly #unmet = new Set<string>();

  constructor(private state: EngineState) {}

  act(text: string): void {
    const [verb = '', name = '', argument = '', more] = text.split(/\s+/);
    if (verb.startsWith('+')) this.#pass(Number(verb.slice(1).replace(/ms$/, '')));
    else if (verb === 'condition') {
      if (argument === 'unmet') this.#unmet.add(full(name));
      else this.#unmet.delete(full(name));
    } else this.#take(this.#event(verb, name, argument, more));
  }

  describe(word: string, rest: string): string {
    switch (word) {
      case 'is':
        return rest
          .split(/\s+/)
          .map((item) => this.#stateLike(item))
          .join(' ');
      case 'spawned':
        return this.#since(word, (effect) =>
          effect.kind === 'spawn' ? [`${short(effect.unit)}:${effect.phase}`] : [],
        );
      case 'signalled':
        return this.#since(word, (effect) =>
          effect.kind === 'signal' ? [`${short(effect.unit)}:${effect.signal}`] : [],
        );
      case 'ended':
        return this.#since(word, (effect) =>
          effect.kind === 'job-ended' ? [`${short(effect.unit)}:${effect.type}:${effect.result}`] : [],
        );
      case 'refused':
        return this.#since(word, (effect) =>
          effect.kind === 'answered' && !effect.answer.isAccepted ? [effect.answer.refusal.kind] : [],
        );
      case 'jobs':
        return [...this.state.jobs.values()]
          .map(({ unit, type, state }) => `${short(unit)}:${type}:${state}`)
          .join(' ');
      case 'delay': {
        const [name = ''] = rest.split(' ');
        const { deadline } = this.unit(name);
        return `${name} ${deadline === undefined ? 'none' : String(Math.round(deadline - this.now))}`;
      }
      default:
        throw new Error(`no such word: ${word}`);
    }
  }

  unit(name: string) {
    const unit = this.state.units.get(full(name));
    if (unit === undefined) throw new Error(`no such unit: ${name}`);
    return unit;
  }

  /** As much of the state as the expectation names. */
  #stateLike(item: string): string {
    const [name = '', asked = ''] = item.split('=');
    const { state, result, restarts } = this.unit(name);
    const parts = [activeStateOf[state], state, result, String(restarts)];
    return `${name}=${parts.slice(0, asked.split('/').length).join('/')}`;
  }

  #since(word: string, pick: (effect: Effect) => readonly string[]): string {
    const from = this.#read.get(word) ?? 0;
    this.#read.set(word, this.#effects.length);
    return this.#effects.slice(from).flatMap(pick).join(' ');
  }

  #take(event: Event): void {
    const taken = step(this.state, event, {
      now: this.now,
      conditions: (unit) => (this.#unmet.has(unit) ? 'condition-unmet' : 'met'),
    });
    this.state = taken.state;
    this.#effects.push(...taken.effects);
    this.history.push(...taken.effects.flatMap((effect) => entryOf(effect, this.now)));
  }

  #pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = nextDeadline(this.state);
      if (next === undefined || next > end) break;
      this.now = Math.max(this.now, next);
      this.#take({ kind: 'tick' });
    }
    this.now = end;
  }

  #event(verb: string, name: string, argument: string, more = ''): Event {
    const [base = '', role] = name.split('.control');
    const unit = full(base);
    const process = (): number => {
      const { main, control } = this.unit(base);
      const id = role === undefined ? (main ?? control) : control;
      const left = [...this.state.processes.values()].find((one) => one.unit === unit);
      if (id === undefined && left === undefined) throw new Error(`${name} has no process`);
      return id ?? left?.id ?? 0;
    };
    switch (verb) {
      case 'start':
      case 'stop':
      case 'restart':
      case 'try-restart':
        return { kind: 'request', request: `${verb} ${name}`, verb, unit };
      case 'start-or-fail':
        return { kind: 'request', request: `${verb} ${name}`, verb: 'start', unit, mode: 'fail' };
      case 'tick':
        return { kind: 'tick' };
      case 'reset-failed':
        return { kind: 'reset-failed', unit };
      case 'exit':
        return {
          kind: 'exited',
          process: process(),
          exit: parseExit(argument),
          survivors: more === 'survivors',
          ...(more.startsWith('late=') && { late: Number(more.slice('late='.length)) }),
        };
      case 'gone':
        return { kind: 'group-gone', process: process() };
      case 'executed':
        return { kind: 'executed', process: process() };
      case 'ready':
        return { kind: 'ready', unit };
      case 'up':
      case 'down':
        return { kind: 'external', unit, active: verb === 'up' };
      default:
        throw new Error(`no such step: ${verb}`);
    }
  }
}

/** As the supervisor keeps it. */
function entryOf(effect: Effect, time: number): readonly HistoryEntry[] {
  if (!isHistory(effect)) return [];
  const { unit, ...fact } = effect;
  return [{ time, unit, fact }];
}

function isHistory(effect: Effect): effect is Effect & HistoryFact & { readonly unit: string } {
  return ['job-new', 'job-ended', 'unit-state', 'occurred'].includes(effect.kind);
}

const parseExit = (text: string): Exit =>
  text.startsWith('SIG') ? { kind: 'killed', signal: text } : { kind: 'exited', code: Number(text) };

const full = (name: string): string => (/\.(target|external)$/.test(name) ? name : `${name}.service`);
const short = (name: string): string => name.replace(/\.service$/, '');

/** `a Requires=b,c After=b Type=notify Restart=always ExecStartPre=1 …`: a number counts commands. */
export function parseUnit(text: string): UnitConfig {
  const [name = '', ...settings] = text.split(/\s+/);
  const values = new Map(settings.map((setting) => setting.split('=', 2) as [string, string]));
  const dependencies = Object.fromEntries(
    dependencyKinds.map((kind) => [kind, (values.get(kind) ?? '').split(',').filter(Boolean).map(full)]),
  ) as Record<DependencyKind, string[]> satisfies Dependencies;
  const base = {
    name: full(name),
    loadState: 'loaded',
    description: name,
    dependencies,
    startLimit: {
      interval: Number(values.get('StartLimitIntervalSec') ?? 0),
      burst: Number(values.get('StartLimitBurst') ?? 5),
    },
    hash: text,
  } as const;
  if (name.endsWith('.target')) return { ...base, type: 'target' };
  if (name.endsWith('.external')) {
    return { ...base, type: 'external', startTimeout: Number(values.get('Timeout') ?? Infinity) };
  }
  return { ...base, type: 'service', service: parseService(values) };
}

function parseService(values: ReadonlyMap<string, string>): ServiceConfig {
  const number = (key: string, otherwise: number): number => Number(values.get(key) ?? otherwise);
  const word = (key: string, otherwise: string): string => values.get(key) ?? otherwise;
  const statuses = (key: string) => {
    const items = (values.get(key) ?? '').split(',').filter(Boolean);
    return {
      codes: new Set(items.filter((item) => /^\d/.test(item)).map(Number)),
      signals: new Set(items.filter((item) => item.startsWith('SIG'))),
    };
  };
  const commands = Object.fromEntries(
    execPhases.map((phase) => {
      const value = word(execDirectives[phase], phase === 'start' ? '1' : '0');
      const command = {
        ignoreFailure: value.startsWith('-'),
        argv: ['/bin/true'],
        literalDollar: false,
        privileged: false,
      };
      return [phase, Array.from({ length: Number(value.replace('-', '')) }, () => command)];
    }),
  ) as unknown as ServiceConfig['commands'];
  const type = word('Type', 'simple') as ServiceConfig['type'];
  return {
    type,
    restart: word('Restart', 'no') as ServiceConfig['restart'],
    restartMode: word('RestartMode', 'normal') as ServiceConfig['restartMode'],
    restartSec: number('RestartSec', 100),
    restartSteps: number('RestartSteps', 0),
    restartMaxDelaySec: number('RestartMaxDelaySec', Infinity),
    timeoutStartSec: number('TimeoutStartSec', type === 'oneshot' ? Infinity : 90_000),
    timeoutStopSec: number('TimeoutStopSec', 90_000),
    runtimeMaxSec: number('RuntimeMaxSec', Infinity),
    remainAfterExit: word('RemainAfterExit', 'no') === 'yes',
    successExitStatus: statuses('SuccessExitStatus'),
    restartPreventExitStatus: statuses('RestartPreventExitStatus'),
    restartForceExitStatus: statuses('RestartForceExitStatus'),
    killMode: word('KillMode', 'control-group') as ServiceConfig['killMode'],
    killSignal: 'SIGTERM',
    finalKillSignal: 'SIGKILL',
    sendSigkill: word('SendSIGKILL', 'yes') === 'yes',
    sendSighup: false,
    commands,
  };
}
