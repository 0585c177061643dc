import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeServerFile, writeServerFile } from '../../../src/cli/servers/state-files.ts';

const ENTRY = {
  url: 'http://127.0.0.1:3000',
  pid: 1,
  startTime: 2,
  bootId: 'b',
  instanceId: 'i',
};
let stateDir: string;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'toehold-'));
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

test('replaces the entry of a server that was killed, and leaves nothing else behind', async () => {
  await writeFile(join(stateDir, 'server.json'), '{"pid": 7, and then it was killed');
  await writeServerFile(stateDir, ENTRY);
  expect(JSON.parse(await readFile(join(stateDir, 'server.json'), 'utf8'))).toEqual(ENTRY);
  expect(await readdir(stateDir)).toEqual(['server.json']);
});

test('is private to its owner', async () => {
  await writeServerFile(stateDir, ENTRY);
  expect((await stat(join(stateDir, 'server.json'))).mode & 0o777).toBe(0o600);
});

test('fails with the system’s error, and leaves no temporary file', async () => {
  await rm(stateDir, { recursive: true });
  await expect(writeServerFile(stateDir, ENTRY)).rejects.toThrow('ENOENT');
});

test('is removed, also if it is already gone', async () => {
  await writeServerFile(stateDir, ENTRY);
  await removeServerFile(stateDir);
  await removeServerFile(stateDir);
  expect(await readdir(stateDir)).toEqual([]);
});
