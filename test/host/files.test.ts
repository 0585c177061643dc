import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { isInside, OutsideError, replaceFile, replaceWith } from '../../src/host/files.ts';

let directory: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'toehold-files-')));
});
afterEach(() => rm(directory, { recursive: true }));

test.each([
  ['/a', '/a', true],
  ['/a', '/a/b', true],
  ['/', '/a', true],
  ['/a', '/ab', false],
  ['/a/b', '/a', false],
])('in %s lies %s: %s', (outer, inner, answer) => {
  expect(isInside(outer, inner)).toBe(answer);
});

describe('a file that is replaced', () => {
  test('has the new text and the given mode, whatever the umask, and nothing else stays', async () => {
    const path = join(directory, 'file');
    await writeFile(path, 'old', { mode: 0o640 });
    const before = process.umask(0o377);
    onTestFinished(() => void process.umask(before));
    await replaceFile(path, 'new', { mode: 0o600 });
    process.umask(before);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['file']);
  });

  test('replaces a symlink by a file, and does not write to its target', async () => {
    const target = join(directory, 'target');
    await writeFile(target, 'untouched');
    await symlink(target, join(directory, 'link'));
    await symlink(target, join(directory, 'temporary'));
    const options = { mode: 0o600, temporary: join(directory, 'temporary') };
    await replaceFile(join(directory, 'link'), 'new', options);
    expect(await readFile(join(directory, 'link'), 'utf8')).toBe('new');
    expect(await readFile(target, 'utf8')).toBe('untouched');
    expect((await readdir(directory)).sort()).toEqual(['link', 'target']);
  });

  test('is not written outside of the directory that it must lie in', async () => {
    const inside = join(directory, 'inside');
    await mkdir(inside);
    const outside = join(directory, 'file');
    await writeFile(outside, 'old');
    await expect(replaceFile(outside, 'new', { mode: 0o600, within: inside })).rejects.toThrow(OutsideError);
    expect(await readFile(outside, 'utf8')).toBe('old');
    expect((await readdir(directory)).sort()).toEqual(['file', 'inside']);
  });

  test('stays where the new one cannot be made', async () => {
    const path = join(directory, 'file');
    await writeFile(path, 'old');
    const made = replaceWith(path, `${path}-new`, async () => {
      await writeFile(`${path}-new`, 'half');
      throw new Error('the disk is full');
    });
    await expect(made).rejects.toThrow('the disk is full');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(directory)).toEqual(['file']);
  });
});
