import { chmodSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { appendAudit } from '../../src/run/audit-log.ts';
import { HostError } from '../../src/model/ports.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = temporaryDirectory();
  path = join(directory, 'log', 'audit.log');
});

describe('appendAudit', () => {
  test('makes file and directory, with the mode whatever the umask', () => {
    const before = process.umask(0o077);
    try {
      appendAudit(path, '{"verb":"apply"}', 0o640);
      appendAudit(path, '{"verb":"stop"}', 0o640);
    } finally {
      process.umask(before);
    }
    expect(readFileSync(path, 'utf8')).toBe('{"verb":"apply"}\n{"verb":"stop"}\n');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test('keeps the mode that an administrator has set', () => {
    appendAudit(path, '{}', 0o640);
    chmodSync(path, 0o600);
    appendAudit(path, '{}', 0o640);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('keeps every line of the present file and of the last ones rotated', () => {
    const limits = { fileSize: 100, keptFiles: 3 };
    const lines = Array.from({ length: 60 }, (_none, index) => `{"line":${String(index)}}`);
    for (const line of lines) appendAudit(path, line, 0o600, limits);
    const names = readdirSync(join(directory, 'log')).filter((name) => name !== 'audit.log');
    expect(names).toHaveLength(3);
    const numbers = names.map((name) => Number(name.split('.').at(-1))).sort((a, b) => a - b);
    const rotated = numbers.map((n) => readFileSync(`${path}.${String(n)}`, 'utf8'));
    const present =
      names.length < readdirSync(join(directory, 'log')).length ? readFileSync(path, 'utf8') : '';
    const kept = (rotated.join('') + present).trim().split('\n');
    expect(kept).toEqual(lines.slice(-kept.length));
    expect(kept.length).toBeGreaterThan(20);
  });

  test('follows no link that another user put in its place', () => {
    appendAudit(path, '{}', 0o600);
    rmSync(path);
    symlinkSync(join(directory, 'elsewhere'), path);
    expect(() => appendAudit(path, '{}', 0o600)).toThrow(HostError);
    expect(readdirSync(directory)).toEqual(['log']);
  });
});
