/** The supervisor's journal on a disk: torn at every byte, overwritten, replaced. */
import fc from 'fast-check';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { lineOf, readRecords, supervisorJournal } from '../../src/supervisor/journal/journal-file.ts';
import { temporaryDirectory } from '../temporary-directory.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory();
});

describe('the journal', () => {
  it('returns the appended records, also to the next supervisor', () => {
    const path = join(directory, 'journal');
    const journal = supervisorJournal(path);
    expect(journal.read()).toEqual({ records: [] });
    expect(journal.append([{ a: 1 }, 'b'])).toBe(true);
    expect(supervisorJournal(path).read()).toEqual({ records: [{ a: 1 }, 'b'] });
    expect(journal.replace([3])).toBe(true);
    expect(journal.append([4])).toBe(true);
    expect(supervisorJournal(path).read()).toEqual({ records: [3, 4] });
  });

  it('sets a torn file aside and keeps its undamaged lines', () => {
    const path = join(directory, 'journal');
    supervisorJournal(path).append([1, 2]);
    appendFileSync(path, lineOf(3).slice(0, -4));
    const torn = readFileSync(path);
    const journal = supervisorJournal(path);
    const { records, damage } = journal.read();
    expect(records).toEqual([1, 2]);
    expect(damage).toMatch(/^1 of its lines cannot be read; it was set aside as .*journal\.damaged-/);
    expect(journal.replace(records)).toBe(true);
    journal.append([4]);
    expect(supervisorJournal(path).read()).toEqual({ records: [1, 2, 4] });
    const aside = readdirSync(directory).filter((name) => name !== 'journal');
    expect(aside.map((name) => readFileSync(join(directory, name)))).toEqual([torn]);
  });

  it('keeps a torn file for the next supervisor after a kill before the replacement', () => {
    const path = join(directory, 'journal');
    supervisorJournal(path).append([1, 2]);
    appendFileSync(path, lineOf(3).slice(0, -4));
    supervisorJournal(path).read();
    expect(supervisorJournal(path).read()).toMatchObject({
      records: [1, 2],
      damage: expect.any(String) as string,
    });
  });

  it('interrupted at any byte, returns all earlier records, and is whole again once replaced', () => {
    const path = join(directory, 'journal');
    const values = [{ kind: 'begin', boot: 'b' }, { unit: 'wéb.service', result: '\n' }, ['€'], 0];
    const all = Buffer.from(values.map(lineOf).join(''));
    for (let length = 0; length <= all.length; length += 1) {
      const left = all.subarray(0, length);
      const whole = left.toString('latin1').split('\n').length - 1;
      const isWhole = length === 0 || left.at(-1) === 0x0a;
      writeFileSync(path, left);
      const journal = supervisorJournal(path, () => new Date(length));
      const { records, damage } = journal.read();
      expect(records).toEqual(values.slice(0, whole));
      expect(damage === undefined).toBe(isWhole);
      if (!isWhole) expect(journal.replace(records)).toBe(true);
      expect(journal.append(['next'])).toBe(true);
      expect(supervisorJournal(path).read()).toEqual({ records: [...values.slice(0, whole), 'next'] });
    }
  });

  it('overwritten anywhere, returns only written records', () => {
    const record = fc.record({ kind: fc.constantFrom('unit', 'enabled'), unit: fc.string() });
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1 }),
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        (values, at, garbage) => {
          const bytes = Buffer.from(values.map(lineOf).join(''));
          bytes.set(garbage.subarray(0, bytes.length), at % Math.max(1, bytes.length - garbage.length));
          const written = values.map((value) => JSON.stringify(value));
          for (const found of readRecords(bytes.toString('utf8')).records)
            expect(written).toContain(JSON.stringify(found));
        },
      ),
    );
  });

  it('never accepts a changed line as a record', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.integer({ min: 0, max: 0xff }), (value, at, byte) => {
        const line = Buffer.from(lineOf(value));
        const index = at % (line.length - 1);
        if (line[index] === byte) return;
        line[index] = byte;
        const { records, bad } = readRecords(line.toString('utf8'));
        expect(records).toEqual([]);
        expect(bad).toBeGreaterThan(0);
      }),
    );
  });
});
