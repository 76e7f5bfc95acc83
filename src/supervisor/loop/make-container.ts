/** The commands of units that make a container, as requests to the engine. */
import { DockerApiError } from '../../model/supervisor-ports.ts';
import { scriptOf } from '../../units/scripts.ts';
import type { LoadedUnit } from '../load/loaded-unit.ts';
import type { CreateRequestFor, UnitAhead } from './containers-ahead.ts';
import type { ClientSurroundings } from './create-options.ts';
import { type CreateRequest, createRequest } from './create-request.ts';
import { wordsOf } from './exec-environment.ts';
import type { NativeCommand } from './native-command.ts';
import type { SupervisorPorts } from './ports.ts';

/**
 * What is not made here, for whatever reason, the client makes, or says why it cannot be made.
 * @param creation `docker create …`
 */
export function createContainer(creation: readonly string[]): NativeCommand {
  return async ({ engine, signal, client, say, made, ahead }) => {
    const request = requestOf(creation, client);
    const ready = await ahead?.take(request, signal);
    if (request === undefined) return 'shell';
    try {
      const { id, warnings } = ready ?? (await engine.create(request.name, request.body, signal));
      for (const warning of warnings) say(warning);
      made(request.name, id);
      return 0;
    } catch (error) {
      if (!(error instanceof DockerApiError) || signal.aborted) throw error;
      return 'shell';
    }
  };
}

/**
 * What the first two commands of a start make, where they make room for a container and create it.
 * @param removal after all has been replaced in it, as `creation`
 */
function makingOf(
  removal: readonly string[],
  creation: readonly string[],
  client: ClientSurroundings,
): CreateRequestFor | undefined {
  if (scriptOf({ ignoreFailure: false, argv: removal }) !== 'removeContainers') return undefined;
  const words = creationIn(creation);
  if (joinsAnother(words)) return undefined;
  const request = requestOf(words, client);
  const [, , , unit = '', , ...filters] = removal;
  return request && { labels: containerLabels(unit, filters), request };
}

/** The same of a unit as it was read; undefined where its main process is no container. */
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

/** By which containers of a unit are known. @param filters `--filter label=X` of docker ps */
export function containerLabels(unit: string, filters: readonly string[]): readonly string[] {
  const more = filters.flatMap((filter) =>
    filter.startsWith('label=') ? [filter.slice('label='.length)] : [],
  );
  return [`dockunit.unit=${unit}`, ...more];
}

export function isClient(program: string): boolean {
  return /^(?:.*\/)?docker$/.test(program);
}

/** `docker create …` in a script of ours. No slice: where this runs there is no systemd to have one. */
function creationIn(argv: readonly string[]): readonly string[] {
  const script = scriptOf({ ignoreFailure: false, argv });
  return script === 'quietly' ? argv.slice(3) : script === 'createInSlice' ? argv.slice(5) : [];
}

/**
 * It is made of another container, which may be made anew itself by the time of the start. One with another's
 * volumes is not made here at all: createRequest leaves `--volumes-from` to the client.
 */
function joinsAnother(words: readonly string[]): boolean {
  const namespaces = ['--network', '--ipc', '--pid'];
  return words.some(
    (word, index) => word.startsWith('container:') && namespaces.includes(words[index - 1] ?? ''),
  );
}

function requestOf(
  [program = '', verb, ...words]: readonly string[],
  client: ClientSurroundings,
): CreateRequest | undefined {
  return isClient(program) && verb === 'create' ? createRequest(words, client) : undefined;
}
