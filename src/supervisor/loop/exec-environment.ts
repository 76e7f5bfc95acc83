/** The environment of a unit's commands; systemd.exec(5), ENVIRONMENT VARIABLES IN SPAWNED PROCESSES. */
import type { SpawnRequest } from '../../model/supervisor-ports.ts';
import type { Effect } from '../engine/protocol.ts';
import type { Exit } from '../engine/state.ts';
import type { ExecCommand } from '../engine/unit-config.ts';
import type { ExecutionContext, LoadedUnit } from '../load/loaded-unit.ts';
import type { SupervisorPorts } from './ports.ts';

type ServiceOutcome = NonNullable<Extract<Effect, { kind: 'spawn' }>['outcome']>;

export interface EnvironmentParts {
  /** The initial environment of every command. */
  readonly base: ReadonlyMap<string, string>;
  readonly execution: ExecutionContext | undefined;
  /** undefined where the file cannot be read. */
  readonly readFile: (path: string) => ReadonlyMap<string, string> | undefined;
  readonly mainPid: number | undefined;
  readonly outcome: ServiceOutcome | undefined;
  readonly notifySocket: string | undefined;
}

/**
 * Later ones win, in systemd's order, and UnsetEnvironment= over all. `missing` is a required file that cannot be read.
 */
function commandEnvironment(
  parts: EnvironmentParts,
): { readonly environment: ReadonlyMap<string, string> } | { readonly missing: string } {
  const { base, execution, mainPid, outcome, notifySocket } = parts;
  const files: [string, string][] = [];
  for (const { path, optional } of execution?.environmentFiles ?? []) {
    const variables = parts.readFile(path);
    if (variables !== undefined) files.push(...variables);
    else if (!optional) return { missing: path };
  }
  const unset = new Set(execution?.unsetEnvironment);
  return {
    environment: new Map<string, string>(
      [
        ...base,
        ...(notifySocket === undefined ? [] : [['NOTIFY_SOCKET', notifySocket] as const]),
        ...(mainPid === undefined ? [] : [['MAINPID', String(mainPid)] as const]),
        ...(outcome === undefined ? [] : outcomeVariables(outcome)),
        ...(execution?.environment ?? []),
        ...files,
      ].filter(([name, value]) => !unset.has(name) && !unset.has(`${name}=${value}`)),
    ),
  };
}

function outcomeVariables({ result, exit }: ServiceOutcome): [string, string][] {
  return [['SERVICE_RESULT', result], ...(exit === undefined ? [] : exitVariables(exit))];
}

/** $EXIT_CODE is the kind of exit, $EXIT_STATUS the code or the signal without its SIG. */
function exitVariables(exit: Exit): [string, string][] {
  return [
    ['EXIT_CODE', exit.kind],
    ['EXIT_STATUS', exit.kind === 'exited' ? String(exit.code) : exit.signal.replace(/^SIG/, '')],
  ];
}

/** The arguments of a command, with variables replaced. `missing` as of commandEnvironment. */
export function wordsOf(
  { environment: base, units }: Pick<SupervisorPorts, 'environment' | 'units'>,
  { execution }: LoadedUnit,
  command: ExecCommand,
  of: Pick<EnvironmentParts, 'mainPid' | 'outcome' | 'notifySocket'>,
):
  | {
      /** The program, then its arguments. */
      readonly words: readonly string[];
      readonly argv0: string | undefined;
      readonly environment: ReadonlyMap<string, string>;
    }
  | { readonly missing: string } {
  const readFile = (path: string): ReadonlyMap<string, string> | undefined => units.environmentFile(path);
  const result = commandEnvironment({ base, execution, readFile, ...of });
  if ('missing' in result) return result;
  const { path, argv } = units.expand(command, result.environment);
  return { words: [path, ...argv.slice(1)], argv0: argv[0], environment: result.environment };
}

/** Where and as which user a command of the unit runs; `privileged` as for `+` and `!` in systemd.service(5). */
export function executionOf({ execution }: LoadedUnit, { privileged }: ExecCommand): Partial<SpawnRequest> {
  return {
    ...(execution?.workingDirectory && { workingDirectory: execution.workingDirectory }),
    ...(execution?.user !== undefined && !privileged && { user: execution.user }),
    ...(execution?.group !== undefined && !privileged && { group: execution.group }),
    ...(execution?.supplementaryGroups && !privileged && { groups: execution.supplementaryGroups }),
    ...(execution?.umask !== undefined && { umask: execution.umask }),
  };
}
