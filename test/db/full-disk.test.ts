import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { DatabaseError } from '../../db/index.ts';
import { aMark, anApp, anEvent } from './rows.ts';
import { openTemporary, temporaryDirectory } from './support.ts';

const FILLS = fileURLToPath(new URL('./programs/fills.ts', import.meta.url));
const EVERY = { apps: null, after: 0, before: null, limit: 1e9, forward: true };

/** A file system of two megabytes; null where this user may not mount one. */
function smallDisk(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const directory = mkdtempSync(join(tmpdir(), 'toehold-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=0700', 'tmpfs', directory], {
      stdio: 'ignore',
    });
  } catch {
    rmSync(directory, { recursive: true });
    return null;
  }
  onTestFinished(() => {
    execFileSync('umount', [directory]);
    rmSync(directory, { recursive: true });
  });
  return directory;
}

test('a full disk is an error, nothing is half done, and it heals when there is room', ({ skip }) => {
  const directory = smallDisk();
  if (!directory) return skip('no file system can be mounted here');
  const filler = join(directory, 'filler');
  writeFileSync(filler, Buffer.alloc(1_300_000));
  const stores = openTemporary(join(directory, 'toehold.db'));
  const app = stores.apps.insert(anApp('blog'));
  let committed = 0;
  const grow = () => {
    for (;;) {
      stores.transaction(() => {
        stores.apps.update({ ...app, revision: committed + 1 });
        stores.events.append(Array.from({ length: 10 }, () => anEvent(app.id)));
        stores.marks.append(Array.from({ length: 10 }, () => aMark(app.id)));
      });
      committed += 1;
    }
  };
  const expectWhole = () => {
    expect(stores.apps.all()[0]?.revision).toBe(committed);
    expect(stores.events.last()).toBe(committed * 10);
    expect(stores.marks.last()).toBe(committed * 10);
    expect(stores.marks.scan(EVERY)).toHaveLength(committed * 10);
  };
  for (let round = 0; round < 3; round += 1) {
    expect(grow).toThrow('full');
    expectWhole();
  }
  expect(committed).toBeGreaterThan(3);
  const before = committed;
  rmSync(filler);
  expect(grow).toThrow('full');
  expect(committed).toBeGreaterThan(before);
  expectWhole();
});

test('a database that finds no room at the start says so', ({ skip }) => {
  const directory = smallDisk();
  if (!directory) return skip('no file system can be mounted here');
  expect(() => writeFileSync(join(directory, 'filler'), Buffer.alloc(3_000_000))).toThrow('ENOSPC');
  const open = () => openTemporary(join(directory, 'toehold.db'));
  expect(open).toThrow(DatabaseError);
  expect(open).toThrow('the disk is full');
  rmSync(join(directory, 'filler'));
  expect(open().apps.all()).toEqual([]);
});

test('a file that may not grow is an error, and what was committed before is kept', () => {
  const file = join(temporaryDirectory(), 'toehold.db');
  const limited = `trap '' XFSZ; ulimit -f 2048; exec "$0" --import tsx "$1" "$2"`;
  const output = execFileSync('sh', ['-c', limited, process.execPath, FILLS, file], { encoding: 'utf8' });
  const told = JSON.parse(output);
  expect(told.isError).toBe(true);
  expect(told.kept).toBeGreaterThan(0);
  expect(told.kept).toBe(told.last);
  const { marks } = openTemporary(file);
  expect(marks.last()).toBe(told.last);
  expect(marks.append([aMark(1)])[0]?.seq).toBe(told.last + 1);
});
