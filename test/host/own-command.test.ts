import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ownCommand } from '../../src/host/own-command.ts';

test('the command is `toehold` if a person’s shell finds it, and `npx toehold` otherwise', async () => {
  const place = await mkdtemp(join(tmpdir(), 'toehold-path-'));
  onTestFinished(() => rm(place, { recursive: true }));
  const [own, ofNpm, empty] = [join(place, 'bin'), join(place, 'node_modules/.bin'), join(place, 'empty')];
  for (const directory of [own, ofNpm, join(empty, 'toehold')]) await mkdir(directory, { recursive: true });
  for (const directory of [own, ofNpm]) await writeFile(join(directory, 'toehold'), '', { mode: 0o755 });
  expect(ownCommand(`/nowhere:${own}`)).toBe('toehold');
  // npm adds this directory for its scripts; a directory is no program; `.` and nothing are no installations.
  for (const path of [ofNpm, `${ofNpm}/`, empty, '.:', '', undefined])
    expect(ownCommand(path)).toBe('npx toehold');
  await chmod(join(own, 'toehold'), 0o644);
  expect(ownCommand(own)).toBe('npx toehold');
});
