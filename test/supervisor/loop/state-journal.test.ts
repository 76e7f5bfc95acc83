/** What a supervisor remembers while disks are full, and what the next one knows. */
import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import type { RecordsPort } from '../../../src/model/supervisor-ports.ts';
import { StateJournal } from '../../../src/supervisor/loop/state-journal.ts';

/** Records as they would lie on a disk that is full at times; what it holds outlives its users. */
class Disk implements RecordsPort {
  records: readonly unknown[] = [];
  isFull = false;
  read(): ReturnType<RecordsPort['read']> {
    return { records: this.records };
  }
  append(added: readonly unknown[]): boolean {
    if (!this.isFull) this.records = [...this.records, ...added];
    return !this.isFull;
  }
  replace(all: readonly unknown[]): boolean {
    if (!this.isFull) this.records = [...all];
    return !this.isFull;
  }
  sync(): Promise<void> {
    return Promise.resolve();
  }
}

let disk: Disk;
let spare: Disk;
let reports: string[];
let recorder: StateJournal;
const begin = (): void => {
  recorder = new StateJournal(disk, spare, (message) => reports.push(message));
};
beforeEach(() => {
  [disk, spare, reports] = [new Disk(), new Disk(), []];
  begin();
});

/** Groups stand for all that is remembered: each is one record. */
const startGroup = (pid: number): void => {
  recorder.groupBegan('a.service', { pid, startTime: '1' });
};
const endGroup = (pid: number): void => {
  recorder.groupEnded({ pid, startTime: '1' });
};

it('uses the spare journal while the disk is full, and moves it back once there is room', () => {
  startGroup(1);
  disk.isFull = true;
  endGroup(1);
  startGroup(2);
  begin();
  expect([...recorder.memory.groups.keys()]).toEqual([2]);
  expect(reports).toEqual(Array(2).fill('the disk does not take the journal: trying again until it does'));
  expect(() => {
    recorder.expectStopKept(['a.service']);
  }).not.toThrow();
  disk.isFull = false;
  begin();
  expect([...recorder.memory.groups.keys()]).toEqual([2]);
  expect(spare.records).toEqual([]);
  startGroup(3);
  begin();
  expect([...recorder.memory.groups.keys()]).toEqual([2, 3]);
});

it('reports a stop that no disk can record', () => {
  disk.isFull = spare.isFull = true;
  startGroup(1);
  expect(() => {
    recorder.expectStopKept(['a.service', 'b.service']);
  }).toThrow('a restarted supervisor starts a.service, b.service again');
  expect(reports.at(-1)).toBe('nor does the runtime directory take it');
  spare.isFull = false;
  endGroup(1);
  expect(() => {
    recorder.expectStopKept(['a.service']);
  }).not.toThrow();
});

it('refuses to enable on a full disk, though the spare journal has room: a boot would not know', () => {
  disk.isFull = true;
  expect(() => {
    recorder.setEnabled('a.service', true);
  }).toThrow('Cannot enable a.service');
  expect([...recorder.enabledUnits]).toEqual([]);
  begin();
  expect([...recorder.memory.enabledUnits]).toEqual([]);
});

it('a boot that begins on a full disk forgets the earlier records', () => {
  startGroup(1);
  disk.isFull = true;
  recorder.begin('another-boot');
  begin();
  expect(recorder.memory).toMatchObject({ boot: 'another-boot', bootDue: true });
  expect(recorder.memory.groups.size).toBe(0);
});

it('whichever disks are full when, the next supervisor knows all, except losses that were reported', () => {
  const pid = fc.integer({ min: 1, max: 4 });
  const act = fc.oneof(
    fc.record({ kind: fc.constantFrom('begins', 'ends'), pid }),
    fc.record({ kind: fc.constantFrom('dies', 'boots', 'enables') }),
    fc.record({ kind: fc.constantFrom('disk', 'spare'), isFull: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40, size: 'max' }), (acts) => {
      [disk, spare] = [new Disk(), new Disk()];
      begin();
      const groups = new Set<number>();
      for (const each of acts) {
        switch (each.kind) {
          case 'begins':
            groups.add(each.pid);
            startGroup(each.pid);
            break;
          case 'ends':
            groups.delete(each.pid);
            endGroup(each.pid);
            break;
          case 'boots':
            groups.clear();
            recorder.begin('another-boot');
            break;
          case 'enables':
            // Looks first whether the disk has room again.
            attempt(() => {
              recorder.setEnabled('a.service', !recorder.enabledUnits.has('a.service'));
            });
            break;
          case 'dies':
            recorder.close();
            if (
              !attempt(() => {
                recorder.expectStopKept([]);
              })
            )
              return;
            begin();
            expect([...recorder.memory.groups.keys()].sort()).toEqual([...groups].sort());
            break;
          case 'disk':
            disk.isFull = each.isFull;
            break;
          case 'spare':
            spare.isFull = each.isFull;
        }
      }
    }),
    { numRuns: 2000 },
  );
});

/** Whether it is done. */
function attempt(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
