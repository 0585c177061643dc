import { existsSync, lstatSync, readdirSync, renameSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lockStateDirectory } from '../../../db/index.ts';
import { reasonOf } from '../../core/errors.ts';
import { refused } from '../failure.ts';

// Where a restore makes the new state, and how that comes to its place.

/** The directory that becomes the state; mkdtemp adds six characters. */
const MAKING = '.toehold-restoring-';
const LEFTOVER = /^\.toehold-restoring-[A-Za-z0-9]{6}$/;

/** A new private directory in the data directory. What killed restores left there is removed. @throws the system's error */
export async function makePlace(dataDir: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  await removeLeftovers(dataDir);
  return await mkdtemp(join(dataDir, MAKING));
}

/**
 * Node cannot exchange two directories. Between the two renames, which follow at once, there is no state: a server that starts then makes
 * a new one, and the second rename fails. @throws CommandFailure that says where everything is
 */
export function putInPlace(made: string, stateDir: string, aside: string | null): void {
  if (aside !== null) renameSync(stateDir, aside);
  try {
    renameSync(made, stateDir);
  } catch (error) {
    const failed = `${stateDir} could not be put in its place (${reasonOf(error)})`;
    if (aside === null) throw refused(`${failed}. Nothing has changed`);
    if (existsSync(stateDir))
      throw refused(
        `${failed}: a server made a new state there in the meantime. What was there before is in ${aside}. End that server, and run this again with --force`,
      );
    try {
      renameSync(aside, stateDir);
    } catch {
      throw refused(`${failed}. What was there is in ${aside}`);
    }
    throw refused(`${failed}. What was there is in its place again`);
  }
}

/** Removes what restores made that were killed. A restore that goes on holds the lock of its directory. */
async function removeLeftovers(dataDir: string): Promise<void> {
  for (const name of entriesOf(dataDir).filter((entry) => LEFTOVER.test(entry))) {
    const path = join(dataDir, name);
    if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    try {
      lockStateDirectory(path).release();
    } catch {
      continue;
    }
    await rm(path, { recursive: true, force: true });
  }
}

/** A free name beside the state. */
export function asideOf(stateDir: string): string {
  const time = new Date()
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '-');
  for (let count = 1; ; count++) {
    const path = `${stateDir}.before-${time}${count === 1 ? '' : `-${count}`}`;
    if (!existsSync(path)) return path;
  }
}

/** The names in a directory; none if it cannot be read. */
export function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
