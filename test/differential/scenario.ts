/**
 * What a differential test is made of: a small set of units and a history, as data that can be
 * written down, run on systemd and on the engine, made smaller, and kept as a regression.
 */
import {
  type DependencyKind,
  type ExecPhase,
  execDirectives,
} from '../../src/supervisor/engine/unit-config.ts';
import { serialiseUnit } from '../../src/units/unit-file.ts';
import type { Directive, Section } from '../../src/units/unit-set.ts';
import { stubArgv } from './stub.ts';

export interface Scenario {
  readonly units: readonly UnitModel[];
  /** Each step is done action by action, and observed once nothing moves any more. */
  readonly steps: readonly Step[];
}

export type Step = readonly Action[];

/** `wait`: milliseconds that pass before the next action, so that it meets units on their way. */
export type Action =
  | { readonly do: 'start' | 'stop' | 'restart' | 'reset-failed'; readonly unit: string }
  | { readonly do: 'kill'; readonly unit: string; readonly signal: KillSignal }
  | { readonly do: 'wait'; readonly ms: number };

/** ms between two actions of a step at least: systemd answers a request before it runs the job. */
export const betweenActions = 60;

export type KillSignal = 'SIGKILL' | 'SIGTERM' | 'SIGHUP' | 'SIGUSR1';

/** Names are those of the scenario, `a.service`; on systemd each scenario's have a prefix of its own. */
export interface UnitModel {
  readonly name: string;
  readonly dependencies: Partial<Readonly<Record<DependencyKind, readonly string[]>>>;
  /** Starts within an hour; no limit when absent. */
  readonly startBurst?: number;
  /** ConditionPathExists= is not met. */
  readonly conditionUnmet?: boolean;
  /** Of a service; a target has none. */
  readonly service?: ServiceModel;
}

export interface ServiceModel {
  /** Directives of [Service] other than commands, as they stand in the file. */
  readonly settings: Readonly<Record<string, string>>;
  /** Words of stub.ts, after an optional prefix `-`. */
  readonly commands: Partial<Readonly<Record<ExecPhase, readonly string[]>>>;
}

/** Directives that systemd knows only from a version on; on an older one they are left out. */
const settingSince: Readonly<Record<string, number>> = {
  RestartSteps: 254,
  RestartMaxDelaySec: 254,
  RestartMode: 254,
};

/** The unit's file for a version of systemd, every unit name with the prefix. */
export function unitText(unit: UnitModel, prefix: string, version: number): string {
  return serialiseUnit({
    name: prefix + unit.name,
    kind: 'container',
    sections: [unitSection(unit, prefix), serviceSection(unit, version)],
  });
}

function unitSection(unit: UnitModel, prefix: string): Section {
  const dependencies = Object.entries(unit.dependencies).map(([key, names]): Directive => ({
    key,
    value: { kind: 'names', names: names.map((name) => prefix + name) },
  }));
  const limit =
    unit.startBurst === undefined
      ? [word('StartLimitIntervalSec', '0')]
      : [word('StartLimitIntervalSec', '1h'), word('StartLimitBurst', String(unit.startBurst))];
  const condition = unit.conditionUnmet ? [word('ConditionPathExists', '/not/there')] : [];
  return {
    name: 'Unit',
    directives: [word('DefaultDependencies', 'no'), ...dependencies, ...limit, ...condition],
  };
}

function serviceSection({ service }: UnitModel, version: number): Section {
  if (service === undefined) return { name: 'Service', directives: [] };
  const settings = Object.entries(service.settings)
    .filter(([key]) => (settingSince[key] ?? 0) <= version)
    .map(([key, value]) => word(key, value));
  const commands = Object.entries(service.commands).flatMap(([phase, stubs]) =>
    stubs.map((stub) => word(execDirectives[phase as ExecPhase], stubCommand(stub))),
  );
  return { name: 'Service', directives: [...settings, ...commands] };
}

/** None of a stub's words needs quoting. */
function stubCommand(stub: string): string {
  const { ignoreFailure, words } = readStub(stub);
  return (ignoreFailure ? '-' : '') + stubArgv(words).join(' ');
}

export function readStub(stub: string): {
  readonly ignoreFailure: boolean;
  readonly words: readonly string[];
} {
  const ignoreFailure = stub.startsWith('-');
  return { ignoreFailure, words: stub.slice(ignoreFailure ? 1 : 0).split(' ') };
}

function word(key: string, value: string): Directive {
  return { key, value: { kind: 'word', word: value } };
}
