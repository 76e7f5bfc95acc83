/** The unit commands that create a container, as requests to Docker. */
import { DockerApiError } from '../../model/supervisor-ports.ts';
import { verbOf } from '../../units/scripts.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';
import type { CreateRequestFor, UnitAhead } from './containers-ahead.ts';
import type { ClientInputs } from './create-options.ts';
import { type CreateRequest, createRequest } from './create-request.ts';
import { wordsOf } from './exec-environment.ts';
import type { NativeCommand } from './native-command.ts';
import type { SupervisorPorts } from './ports.ts';

/**
 * Where this creates no container, for whatever reason, the client creates it, or says why it cannot.
 * @param creation `docker create …`
 */
export function createContainer(creation: readonly string[]): NativeCommand {
  return async ({ docker, signal, client, say, noteCreated, ahead }) => {
    const request = requestOf(creation, client);
    const ready = await ahead?.take(request, signal);
    if (request === undefined) return 'shell';
    try {
      const { id, warnings } = ready ?? (await docker.create(request.name, request.body, signal));
      for (const warning of warnings) say(warning);
      noteCreated(request.name, id);
      return 0;
    } catch (error) {
      if (!(error instanceof DockerApiError) || signal.aborted) throw error;
      return 'shell';
    }
  };
}

/**
 * The request of the first two commands of a start, where they remove an old container and create one.
 * @param removal with all variables replaced, as `creation`
 */
function makingOf(
  removal: readonly string[],
  creation: readonly string[],
  client: ClientInputs,
): CreateRequestFor | undefined {
  if (verbOf({ ignoreFailure: false, argv: removal }) !== 'clean') return undefined;
  const words = creationIn(creation);
  if (joinsAnother(words)) return undefined;
  const request = requestOf(words, client);
  const [, , , unit = '', , ...filters] = removal;
  return request && { labels: containerLabels(unit, filters), request };
}

/** The same for a unit in its loaded form; undefined where its main process is no container. */
export function unitAhead(ports: SupervisorPorts, unit: LoadedUnit | undefined): UnitAhead | undefined {
  if (unit?.execution?.container === undefined || unit.config.type !== 'service') return undefined;
  const [removal, creation] = unit.config.service.commands['start-pre'];
  return {
    fingerprint: unit.fingerprint,
    making: () => {
      const of = { mainPid: undefined, outcome: undefined, notifySocket: undefined };
      const [first, second] = [removal, creation].map(
        (command) => command && wordsOf(ports, unit, command, of),
      );
      if (first === undefined || second === undefined || 'missing' in first || 'missing' in second)
        return undefined;
      return makingOf(first.words, second.words, { ...ports.client, environment: second.environment });
    },
  };
}

/** The filters that find the containers of a unit. @param filters `--filter label=X` of docker ps */
export function containerLabels(unit: string, filters: readonly string[]): readonly string[] {
  const more = filters.flatMap((filter) =>
    filter.startsWith('label=') ? [filter.slice('label='.length)] : [],
  );
  return [`dockunit.unit=${unit}`, ...more];
}

export function isClient(program: string): boolean {
  return /^(?:.*\/)?docker$/.test(program);
}

/**
 * `docker create …` in one of dockunit's scripts. No slice: a host with this supervisor has no systemd to provide one.
 */
function creationIn(argv: readonly string[]): readonly string[] {
  const script = verbOf({ ignoreFailure: false, argv });
  return script === 'create' ? argv.slice(3) : script === 'create-in-slice' ? argv.slice(5) : [];
}

/**
 * Whether the container joins another one, which may be recreated by the time of the start. One with another's
 * volumes is never created here: createRequest leaves `--volumes-from` to the client.
 */
function joinsAnother(words: readonly string[]): boolean {
  const namespaces = ['--network', '--ipc', '--pid'];
  return words.some(
    (word, index) => word.startsWith('container:') && namespaces.includes(words[index - 1] ?? ''),
  );
}

function requestOf(
  [program = '', verb, ...words]: readonly string[],
  client: ClientInputs,
): CreateRequest | undefined {
  return isClient(program) && verb === 'create' ? createRequest(words, client) : undefined;
}
