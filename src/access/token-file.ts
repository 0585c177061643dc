import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** More than a token and white space around it, in bytes. */
const TOO_LONG = 1_024;

/**
 * The text in the file, without the white space around it; empty where it is too long for one, or no file at
 * all; null where there is nothing of that name. @throws the system's error
 */
export function readTokenFile(file: string): string | null {
  try {
    const found = statSync(file);
    if (!found.isFile() || found.size > TOO_LONG) return '';
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Puts a token there for its owner alone, whatever the umask: a reader finds what was there before or all of
 * it, after a power cut too. @throws the system's error
 */
export function writeTokenFile(file: string, text: string): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const fd = openSync(temporary, 'wx', 0o600);
    try {
      fchmodSync(fd, 0o600);
      writeSync(fd, `${text}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  const directory = openSync(dirname(file), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** Whether somebody but the file's owner may read or write it. */
export function isOpenToOthers(file: string): boolean {
  return (statSync(file).mode & 0o077) !== 0;
}

/** @throws the system's error */
export function closeToOthers(file: string): void {
  chmodSync(file, 0o600);
}
