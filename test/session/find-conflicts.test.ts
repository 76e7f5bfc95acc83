/** Containers in the way of services; the cases are in test/fixtures/conflicts/. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findConflicts } from '../../src/session/find-conflicts.ts';
import { volumeOf } from '../../src/session/gone-resources.ts';
import { publishedPorts } from '../../src/session/published-ports.ts';
import { tellConflicts } from '../../src/session/describe-conflicts.ts';
import type { HeldByContainer } from '../../src/model/ports.ts';
import { type Unit, dockunitField, namesOf } from '../../src/units/unit-set.ts';
import { compileSpec, install } from '../rollout/installed.ts';

interface Case {
  readonly case: string;
  /** Compose files, each with a `name:`; the first is the project whose services start. */
  readonly projects: readonly object[];
  /** Those that start; all of the project where left out. */
  readonly starts?: readonly string[];
  readonly user?: string;
  /** `state` is `running` where left out; a port is `ADDRESS:PORT/PROTOCOL`. */
  readonly containers: Readonly<
    Record<
      string,
      {
        readonly state?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly ports?: readonly string[];
        readonly volumes?: readonly string[];
      }
    >
  >;
  /** `message → remedy`. */
  readonly finds: readonly string[];
}

const fixture = new URL('../fixtures/conflicts/cases.yaml', import.meta.url);
const cases = parse(readFileSync(fixture, 'utf8')) as readonly Case[];

function readContainers(containers: Case['containers']): readonly HeldByContainer[] {
  return Object.entries(containers).map(
    ([name, { state = 'running', labels = {}, ports = [], volumes = [] }]) => ({
      name,
      status: state,
      labels: new Map(Object.entries(labels)),
      ports: ports.map((text) => {
        const [, address = '', port, protocol = ''] = /^(.*):(\d+)\/(.*)$/.exec(text) ?? [];
        return { address, port: Number(port), protocol };
      }),
      volumes,
    }),
  );
}

/** The container that the unit makes, as a Docker lists it. */
function containerOf(unit: Unit, units: readonly Unit[], user: string | undefined): HeldByContainer {
  const required = namesOf(unit, 'Requires');
  return {
    name: dockunitField(unit, 'Container') ?? '',
    status: 'running',
    labels: new Map([
      ['dockunit.unit', unit.name],
      ['dockunit.project', dockunitField(unit, 'Project') ?? ''],
      ...(user === undefined ? [] : ([['dockunit.user', user]] as const)),
    ]),
    ports: publishedPorts(unit).flatMap(({ address, first, protocol }) =>
      (address === '' ? ['0.0.0.0', '::'] : [address]).map((at) => ({ address: at, port: first, protocol })),
    ),
    volumes: units.filter(({ name }) => required.includes(name)).flatMap((other) => volumeOf(other) ?? []),
  };
}

function found(one: Case, containers: readonly HeldByContainer[], units: readonly Unit[]): readonly string[] {
  const [project] = one.projects.map((spec) => compileSpec(spec));
  const services = (project?.units ?? []).filter(
    (unit) =>
      unit.kind === 'container' &&
      (one.starts === undefined || one.starts.includes(dockunitField(unit, 'Service') ?? '')),
  );
  const conflicts = findConflicts({ services, units, containers, user: one.user });
  return tellConflicts(conflicts, '').map(({ message, remedy }) => `${message} → ${remedy}`);
}

describe('containers in the way', () => {
  it.each(cases.map((one) => [one.case, one] as const))('%s', (_name, one) => {
    const sets = one.projects.map((spec) => compileSpec(spec));
    const units = sets.flatMap(({ units: all }) => all);
    const others = readContainers(one.containers);
    expect(found(one, others, units)).toEqual(one.finds);
    // As they are read back from the disk.
    const installed = sets.flatMap((set) => install(set).units.map(({ unit }) => unit));
    expect(found(one, others, installed)).toEqual(one.finds);
    // What the project runs itself is never in its way.
    const own = (sets[0]?.units ?? [])
      .filter(({ kind }) => kind === 'container')
      .map((unit) => containerOf(unit, units, one.user));
    expect(
      found(one, [...own, ...others.filter(({ name }) => own.every((mine) => mine.name !== name))], units),
    ).toEqual(one.finds.filter((line) => !line.includes('the name')));
  });
});
