import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIRECTORY_MODE, FILE_MODE } from '../format.ts';

/** What holes are made of: a file system frees whole blocks only. */
export const BLOCK = 4_096;

/** Frees bytes in place, under whoever writes on: Linux' hole punching, by the command of util-linux. */
export interface Puncher {
  /** Whether it can, on the file system of the runs; found out once, on a file of its own. */
  canPunch(): Promise<boolean>;
  /** Bytes from..to become a hole. False where that failed: nothing was freed, and another try may help. */
  punch(path: string, from: number, to: number): Promise<boolean>;
}

export function createPuncher(directory: string, command = 'fallocate'): Puncher {
  let known: Promise<boolean> | null = null;

  async function punch(path: string, from: number, to: number): Promise<boolean> {
    try {
      // The command gets the open file: by its path it would follow a symlink.
      const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      try {
        const range = ['--offset', `${from}`, '--length', `${to - from}`];
        const stdio = ['ignore', 'ignore', 'ignore', file.fd] as const;
        const child = spawn(command, ['--punch-hole', ...range, '/proc/self/fd/3'], { stdio: [...stdio] });
        const [code] = await once(child, 'exit');
        return code === 0;
      } finally {
        await file.close();
      }
    } catch {
      return false;
    }
  }

  async function probe(): Promise<boolean> {
    const path = join(directory, `.punch-${process.pid}`);
    try {
      await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE });
      await writeFile(path, Buffer.alloc(4 * BLOCK, 'x'), { mode: FILE_MODE, flush: true });
      const before = (await stat(path)).blocks;
      return (await punch(path, 0, 2 * BLOCK)) && (await stat(path)).blocks < before;
    } catch {
      return false;
    } finally {
      await rm(path, { force: true }).catch(() => {});
    }
  }

  return {
    canPunch: () => {
      known ??= probe();
      return known;
    },
    punch,
  };
}
