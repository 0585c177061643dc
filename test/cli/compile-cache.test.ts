import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keepCompiled } from '../../src/cli/compile-cache.ts';
import { giveAway, isRoot } from '../support/another-account.ts';

function makeHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'toehold-home-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** The directories in which `keepCompiled` lets Node keep compiled programs. */
function keptIn(home: string): unknown[] {
  const directories: unknown[] = [];
  keepCompiled((directory) => directories.push(directory), home);
  return directories;
}

test('the compiled program is kept in a directory that only its owner can write to', () => {
  const home = makeHome();
  expect(keptIn(home)).toEqual([join(home, '.cache/toehold')]);
  expect(statSync(join(home, '.cache/toehold')).mode & 0o777).toBe(0o700);
});

test('nothing is kept where others can write', () => {
  const home = makeHome();
  mkdirSync(join(home, '.cache/toehold'), { recursive: true });
  chmodSync(join(home, '.cache'), 0o777);
  expect(keptIn(home)).toEqual([]);
  chmodSync(join(home, '.cache'), 0o755);
  chmodSync(join(home, '.cache/toehold'), 0o777);
  expect(keptIn(home)).toEqual([]);
});

test('nothing is made in a home that others can write to, or that is not there', () => {
  const home = makeHome();
  chmodSync(home, 0o777);
  expect(keptIn(home)).toEqual([]);
  expect(existsSync(join(home, '.cache'))).toBe(false);
  expect(keptIn(join(home, 'gone'))).toEqual([]);
});

test.runIf(isRoot)('nothing is made in the home of another account, as under sudo', () => {
  const home = makeHome();
  giveAway(home);
  expect(keptIn(home)).toEqual([]);
  expect(existsSync(join(home, '.cache'))).toBe(false);
});
