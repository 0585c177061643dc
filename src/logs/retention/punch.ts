import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isInside, SAFE_OPEN } from '../../host/files.ts';
import { DIRECTORY_MODE, FILE_MODE, TAIL } from '../format.ts';
import { factsOf } from '../spool-file.ts';

/** A file system frees whole blocks only. In bytes. */
const BLOCK = 4_096;

/**
 * Frees the first bytes of files while apps go on writing to them: holes (Linux, the command `fallocate` of
 * util-linux).
 */
export class Puncher {
  private readonly directory: string;
  private readonly command: string;
  private known: Promise<boolean> | null = null;
  /** How far each generation of a file is a hole already, by path. */
  private readonly holes = new Map<string, { readonly generation: number; readonly end: number }>();

  /** @param directory where the files are. */
  constructor(directory: string, command = 'fallocate') {
    this.directory = directory;
    this.command = command;
  }

  /** Whether the file system can have holes; tried once, on a file of its own. */
  canPunch(): Promise<boolean> {
    this.known ??= this.probe();
    return this.known;
  }

  /**
   * Makes the file a hole from its start to `end`, except the bytes before `kept`, which show whether the file is still
   * the one that was marked. @returns whether that was done; null where there is nothing to free
   */
  async free(path: string, generation: number, end: number, kept: number | null): Promise<boolean | null> {
    const known = this.holes.get(path);
    const from = known?.generation === generation ? known.end : 0;
    const size = factsOf(path)?.size ?? 0;
    const to = down(Math.min(end, Math.max(0, size - TAIL)));
    if (to <= from) return null;
    const ranges =
      kept !== null && kept <= end
        ? [
            { from, to: Math.min(to, down(Math.max(0, kept - TAIL))) },
            { from: Math.max(from, up(kept)), to },
          ]
        : [{ from, to }];
    let done = true;
    for (const range of ranges) {
      if (range.to > range.from) done = (await this.punch(path, range.from, range.to)) && done;
    }
    if (done) this.holes.set(path, { generation, end: to });
    return done;
  }

  /** The files of this directory are removed. */
  forget(directory: string): void {
    for (const path of this.holes.keys()) if (isInside(directory, path)) this.holes.delete(path);
  }

  /** Bytes from..to become a hole. False where that failed: nothing was freed, and another try may help. */
  async punch(path: string, from: number, to: number): Promise<boolean> {
    try {
      // The command gets the open file: by its path it would follow a symlink.
      const file = await open(path, constants.O_RDWR | SAFE_OPEN);
      try {
        const range = ['--offset', `${from}`, '--length', `${to - from}`];
        const stdio = ['ignore', 'ignore', 'ignore', file.fd] as const;
        const child = spawn(this.command, ['--punch-hole', ...range, '/proc/self/fd/3'], {
          stdio: [...stdio],
        });
        const [code] = await once(child, 'exit');
        return code === 0;
      } finally {
        await file.close();
      }
    } catch {
      return false;
    }
  }

  private async probe(): Promise<boolean> {
    const path = join(this.directory, `.punch-${process.pid}`);
    try {
      await mkdir(this.directory, { recursive: true, mode: DIRECTORY_MODE });
      await writeFile(path, Buffer.alloc(4 * BLOCK, 'x'), { mode: FILE_MODE, flush: true });
      const before = (await stat(path)).blocks;
      return (await this.punch(path, 0, 2 * BLOCK)) && (await stat(path)).blocks < before;
    } catch {
      return false;
    } finally {
      await rm(path, { force: true }).catch(() => {});
    }
  }
}

function down(byte: number): number {
  return Math.floor(byte / BLOCK) * BLOCK;
}

function up(byte: number): number {
  return Math.ceil(byte / BLOCK) * BLOCK;
}
