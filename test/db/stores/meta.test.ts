import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aMark, anEvent } from '../rows.ts';
import { openTemporary, temporaryDirectory } from '../support.ts';

test('each start is an epoch of its own, of the same database', () => {
  const file = join(temporaryDirectory(), 'toehold.db');
  const first = openTemporary(file);
  first.events.append([anEvent(1), anEvent(1), anEvent(1)]);
  first.marks.append([aMark(1)]);
  expect(first.meta.databaseId).toMatch(/^[a-z0-9]{16}$/);
  expect(first.meta.epoch).toBe(1);
  expect(first.meta.lastEventOfEpoch(1)).toBe(3);
  first.close();
  const second = openTemporary(file);
  second.events.append([anEvent(1)]);
  second.marks.append([aMark(1)]);
  expect(second.meta.databaseId).toBe(first.meta.databaseId);
  expect(second.meta.epoch).toBe(2);
  expect([second.meta.lastEventOfEpoch(1), second.meta.lastMarkOfEpoch(1)]).toEqual([3, 1]);
  expect([second.meta.lastEventOfEpoch(2), second.meta.lastMarkOfEpoch(2)]).toEqual([4, 2]);
  expect([second.meta.lastEventOfEpoch(3), second.meta.lastMarkOfEpoch(0)]).toEqual([null, null]);
});

test('another database is another one', () => {
  expect(openTemporary().meta.databaseId).not.toBe(openTemporary().meta.databaseId);
});

test('after a power cut the epoch before ends where its kept rows do', () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'toehold.db');
  const first = openTemporary(file);
  first.events.append([anEvent(1)]);
  // The disk has what was there at this moment; all that was told later is lost.
  const cut = join(directory, 'cut.db');
  copyFileSync(file, cut);
  copyFileSync(`${file}-wal`, `${cut}-wal`);
  first.events.append([anEvent(1), anEvent(1)]);
  const second = openTemporary(cut);
  expect(second.meta.lastEventOfEpoch(1)).toBe(1);
  expect(second.events.append([anEvent(1)])[0]?.seq).toBe(2);
  expect([second.meta.epoch, second.meta.lastEventOfEpoch(1)]).toEqual([2, 1]);
});
