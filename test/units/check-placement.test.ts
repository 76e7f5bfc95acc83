import { describe, expect, it } from 'vitest';
import { compileProject } from '../../src/units/compile.ts';
import { loadText } from '../compose/load-text.ts';
import { target } from './project-builder.ts';

const found = (constraint: string, hostname?: string): readonly string[] => {
  const text = `services: { web: { image: nginx, deploy: { placement: { constraints: ["${constraint}"] } } } }`;
  const { value, diagnostics } = loadText({ 'compose.yaml': text }, {});
  if (value === undefined) throw new Error(JSON.stringify(diagnostics));
  const compiled = compileProject(value, { ...target, ...(hostname !== undefined && { hostname }) });
  return [...diagnostics, ...compiled.diagnostics].map(({ severity, code }) => `${severity} ${code}`);
};

describe('a placement on the host web1', () => {
  it.each([
    'node.hostname==web1',
    'node.hostname == WEB1',
    'node.hostname != other',
    'node.role == manager',
    'node.platform.os == linux',
    'node.labels.disk != ssd',
  ])('meets %s', (constraint) => {
    expect(found(constraint, 'web1')).toEqual([]);
  });

  it.each([
    'node.hostname==other',
    'node.hostname != web1',
    'node.role == worker',
    'node.platform.os == windows',
    'node.labels.disk == ssd',
    'node.id == x1',
  ])('does not meet %s, an error', (constraint) => {
    expect(found(constraint, 'web1')).toEqual(['error placement-elsewhere']);
  });

  it('says that an unknown constraint has no effect', () => {
    expect(found('engine.labels.os == debian', 'web1')).toEqual(['warning placement-unknown']);
    expect(found('node.hostname == other')).toEqual(['warning placement-unknown']);
    expect(found('manager', 'web1')).toEqual(['warning swarm-only']);
  });
});
