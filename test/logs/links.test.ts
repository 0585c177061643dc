import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RUN_FILES } from '../../src/core/run.ts';
import { Puncher } from '../../src/logs/retention/punch.ts';
import { appendLine, factsOf, openForReading, truncateFile } from '../../src/logs/spool-file.ts';
import { openLogs, tempDir } from '../support/logs.ts';

const SECRET = 'of another\n'.repeat(2_000);

/** A file that is no log, and a link to it where a log is expected. */
function planted(name: string) {
  const directory = tempDir();
  const secret = join(directory, 'secret');
  writeFileSync(secret, SECRET);
  const link = join(directory, name);
  symlinkSync(secret, link);
  return { directory, secret, link };
}

test('a log behind a symlink is neither looked at nor opened', () => {
  const { link } = planted(RUN_FILES.STDOUT);
  expect(factsOf(link)).toBeNull();
  expect(openForReading(link)).toBeNull();
});

test('a log behind a symlink is not cut off', () => {
  const { link, secret } = planted(RUN_FILES.STDOUT);
  expect(() => truncateFile(link)).toThrow('ELOOP');
  expect(readFileSync(secret, 'utf8')).toBe(SECRET);
});

test('a log behind a symlink gets no hole', async () => {
  const { directory, link, secret } = planted(RUN_FILES.STDERR);
  const puncher = new Puncher(directory);
  const { blocks } = statSync(secret);
  expect(await puncher.punch(link, 0, 8_192)).toBe(false);
  expect(readFileSync(secret, 'utf8')).toBe(SECRET);
  expect(statSync(secret).blocks).toBe(blocks);
  // By its own name the same file would get one, where the file system makes holes.
  expect(await puncher.punch(secret, 0, 8_192)).toBe(await puncher.canPunch());
});

test('no line of a supervisor’s is appended behind a symlink', () => {
  const { link, secret } = planted(RUN_FILES.SUPERVISOR);
  appendLine(link, 'a line');
  expect(readFileSync(secret, 'utf8')).toBe(SECRET);
});

test('no line of a file behind a symlink becomes a log line', async () => {
  const logs = openLogs(tempDir());
  const secret = join(logs.directory, 'secret');
  writeFileSync(secret, SECRET);
  mkdirSync(logs.runDir(1), { recursive: true });
  symlinkSync(secret, logs.file(1, 'STDERR'));
  logs.open(1);
  appendFileSync(logs.file(1, 'STDOUT'), 'its own\n');
  await logs.runLogs.finish(1);
  expect(await logs.texts()).toEqual(['its own']);
});

test('the removal of runs removes links, and nothing of what they lead to', async () => {
  const logs = openLogs(tempDir());
  const kept = join(logs.directory, 'kept');
  mkdirSync(kept);
  writeFileSync(join(kept, 'secret'), SECRET);
  logs.open(1);
  symlinkSync(kept, join(logs.runDir(1), 'link'));
  symlinkSync(join(kept, 'secret'), logs.file(1, 'STDOUT'));
  await logs.runLogs.finish(1);
  symlinkSync(kept, logs.runDir(2));
  logs.open(2, 1);
  await logs.runLogs.finish(2);
  await logs.runLogs.removeApp(1);
  expect(existsSync(logs.runDir(1))).toBe(false);
  expect(readdirSync(join(logs.directory, 'runs')).filter((name) => /^\d/.test(name))).toEqual([]);
  expect(readdirSync(kept)).toEqual(['secret']);
  expect(readFileSync(join(kept, 'secret'), 'utf8')).toBe(SECRET);
});
