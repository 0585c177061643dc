import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DatabaseError, lockStateDirectory, StateDirectoryLockedError } from '../../db/index.ts';
import { DAY, temporaryDirectory } from './support.ts';

const HOLDS = fileURLToPath(new URL('./programs/holds.ts', import.meta.url));

/** Another process that holds the directory by now. */
async function holder(directory: string): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', HOLDS, directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await ended(child);
  });
  await once(child.stdout, 'data');
  return Object.assign(child, { pid: child.pid ?? 0 });
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

function refusal(directory: string): StateDirectoryLockedError {
  try {
    lockStateDirectory(directory).release();
  } catch (error) {
    if (error instanceof StateDirectoryLockedError) return error;
    throw error;
  }
  throw new Error('it was given');
}

describe('the lock of the state directory', () => {
  test('makes the directory, for its owner alone', () => {
    const directory = join(temporaryDirectory(), 'data', '.toehold');
    lockStateDirectory(directory).release();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test('a second process learns who has the lock and since when, and gets it after a release', () => {
    const directory = temporaryDirectory();
    const lock = lockStateDirectory(directory, DAY);
    const error = refusal(directory);
    expect(error.holder).toMatchObject({ pid: process.pid, since: DAY });
    expect(error.message).toContain(directory);
    expect(error.message).toContain(`pid ${process.pid}, since 2030-01-01T00:00:00.000Z`);
    expect(error.message).toContain('DATA_DIR');
    lock.release();
    lock.release();
    lockStateDirectory(directory).release();
  });

  test('another process holds it until it is killed, and its start time is known', async () => {
    const directory = temporaryDirectory();
    const other = await holder(directory);
    const { holder: told } = refusal(directory);
    expect(told?.pid).toBe(other.pid);
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8');
      expect(stat).toContain(` ${told?.startTime} `);
    }
    await ended(other);
    const lock = lockStateDirectory(directory);
    expect(refusal(directory).holder?.pid).toBe(process.pid);
    lock.release();
  });

  test('of several that come at once, one gets it', async () => {
    const directory = temporaryDirectory();
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--import', 'tsx', HOLDS, directory], { stdio: ['pipe', 'pipe', 'ignore'] }),
    );
    const outcomes = await Promise.all(
      children.map((child) =>
        Promise.race([
          once(child.stdout, 'data').then(() => 'held'),
          once(child, 'exit').then(() => 'refused'),
        ]),
      ),
    );
    await Promise.all(children.filter((child) => child.exitCode === null).map(ended));
    expect(outcomes.filter((outcome) => outcome === 'held')).toHaveLength(1);
  });

  test('a lock.db that is none is an error that names it', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'lock.db'), 'this is no database, whatever its name says. '.repeat(100));
    expect(() => lockStateDirectory(directory)).toThrow(DatabaseError);
    expect(() => lockStateDirectory(directory)).toThrow('lock.db');
  });

  test('a directory that cannot be made is an error that names it', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    expect(() => lockStateDirectory(join(file, '.toehold'))).toThrow(DatabaseError);
  });
});
