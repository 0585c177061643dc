import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OutsideError } from '../../src/host/files.ts';
import { readRegular, readWithin } from '../../src/host/safe-read.ts';
import { whileExchanging } from './exchanging.ts';

let directory: string;
let inside: string;
let secret: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'toehold-read-')));
  inside = join(directory, 'inside');
  secret = join(directory, 'secret');
  await mkdir(inside);
  await writeFile(secret, 'hidden');
});

afterEach(() => rm(directory, { recursive: true }));

describe('one file', () => {
  test('is read whole, with its time; what is not there is null', async () => {
    const path = join(inside, 'file');
    await writeFile(path, 'text');
    const file = await readRegular(path, 4);
    expect(file?.bytes.toString()).toBe('text');
    expect(Math.abs(Date.now() - (file?.changedAt ?? 0))).toBeLessThan(60_000);
    expect(await readRegular(join(inside, 'none'), 4)).toBeNull();
    expect(await readRegular(join(path, 'below'), 4)).toBeNull();
  });

  test('of more bytes than are taken is not', async () => {
    const path = join(inside, 'file');
    await writeFile(path, 'text');
    await expect(readRegular(path, 3)).rejects.toThrow(`${path} has more than 3 bytes`);
  });

  test('that grows all the time has an end', async () => {
    await expect(readRegular('/proc/kallsyms', 1_000)).rejects.toThrow('more than 1000 bytes');
  });

  test('is never read through a symlink', async () => {
    await symlink(secret, join(inside, 'file'));
    await expect(readRegular(join(inside, 'file'), 100)).rejects.toThrow('ELOOP');
  });

  test('must be a regular one, and nothing hangs at any other', async () => {
    const fifo = join(inside, 'fifo');
    spawnSync('mkfifo', [fifo]);
    const server = createServer().listen(join(inside, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    for (const path of [fifo, inside, '/dev/zero', join(inside, 'socket')]) {
      await expect(readRegular(path, 100)).rejects.toThrow(`${path} is not a file`);
    }
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('one file that must lie in a directory', () => {
  test('may be a symlink there', async () => {
    await writeFile(join(inside, 'file'), 'text');
    await symlink('file', join(inside, 'link'));
    expect((await readWithin(join(inside, 'link'), 100, inside))?.bytes.toString()).toBe('text');
    await symlink('nowhere', join(inside, 'dangling'));
    expect(await readWithin(join(inside, 'dangling'), 100, inside)).toBeNull();
  });

  test.each(['absolute', 'relative', 'of a directory'])(
    'must not lead out by an %s symlink',
    async (kind) => {
      const link = join(inside, 'link');
      await symlink(kind === 'relative' ? '../secret' : kind === 'absolute' ? secret : directory, link);
      const path = kind === 'of a directory' ? join(link, 'secret') : link;
      const outside = readWithin(path, 100, inside);
      await expect(outside).rejects.toThrow(OutsideError);
      await expect(outside).rejects.toThrow(
        `${path} leads out of APPS_DIR, to ${secret}: put it there, or set TOEHOLD_ALLOW_OUTSIDE`,
      );
      expect((await readWithin(path, 100, null))?.bytes.toString()).toBe('hidden');
    },
  );

  test('a name that begins like the directory’s lies outside', async () => {
    await mkdir(`${inside}-too`);
    await writeFile(join(`${inside}-too`, 'file'), 'hidden');
    await expect(readWithin(join(inside, '..', 'inside-too', 'file'), 100, inside)).rejects.toThrow(
      OutsideError,
    );
  });

  test('is never read from outside while another process exchanges a directory on the way', async () => {
    const real = join(inside, 'release');
    const decoy = join(inside, 'decoy');
    await mkdir(real);
    await mkdir(join(directory, 'outside'));
    await writeFile(join(real, 'file'), 'text');
    await writeFile(join(directory, 'outside', 'file'), 'hidden');
    await symlink(join(directory, 'outside'), decoy);
    const seen = new Set<string>();
    await whileExchanging(real, decoy, async () => {
      for (let i = 0; i < 1_000; i++) {
        const text = await readWithin(join(real, 'file'), 100, inside).then(
          (file) => file?.bytes.toString() ?? 'absent',
          (error: Error) => (error instanceof OutsideError ? 'refused' : error.message),
        );
        seen.add(text);
      }
    });
    expect([...seen]).not.toContain('hidden');
  });
});
