import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { appIn, appProcesses, makeDataDir, type ServeProcess, serve } from '../support/serve.ts';

/** Waits for a start that fails as a start must: code 2, nothing on stdout, one line that says why. */
async function refusal(server: ServeProcess): Promise<string> {
  expect(await server.ended).toEqual({ code: 2, signal: null });
  expect(server.stdout()).toBe('');
  expect(server.stderr().trimEnd().split('\n')).toHaveLength(1);
  return server.stderr().trimEnd();
}

test('B-15: PORT in use: names who holds it, and touches no app', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  onTestFinished(() => void holder.close());
  const { port } = holder.address() as AddressInfo;

  const line = await refusal(await serve({ dataDir: path, env: { PORT: String(port) } }));
  expect(line).toContain(`${port}`);
  expect(line).toContain(`${process.pid}`);
  expect(line).toContain('node');
  expect(line).toMatch(/set PORT/);
  expect(await appProcesses(appsDir)).toEqual([]);
});

test('another control plane holds the directory: says which, and leaves it alone', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const first = await serve({ dataDir: path });
  const url = await first.ready();
  const before = await appIn(url, 'web', 'RUNNING');

  const line = await refusal(await serve({ dataDir: path }));
  expect(line).toContain(`${first.pid}`);
  expect(line).toContain(path);
  expect(await appIn(url, 'web', 'RUNNING')).toEqual(before);
  expect(JSON.parse(await readFile(join(path, '.toehold/server.json'), 'utf8')).pid).toBe(first.pid);
});

test('what is no database: says so, and does not touch it', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const file = join(path, '.toehold', 'toehold.db');
  await mkdir(join(path, '.toehold'));
  await writeFile(file, 'this was a database once');
  expect(await refusal(await serve({ dataDir: path }))).toContain(`${file} is not a SQLite database`);
  expect(await readFile(file, 'utf8')).toBe('this was a database once');
  expect(await appProcesses(appsDir)).toEqual([]);
});

test('a damaged database: says so, and does not touch it', async () => {
  const { path } = await makeDataDir();
  const first = await serve({ dataDir: path });
  await first.ready();
  first.child.kill('SIGTERM');
  await first.ended;
  const file = join(path, '.toehold', 'toehold.db');
  const bytes = await readFile(file);
  bytes.fill(0xff, 4096, 12_288);
  await writeFile(file, bytes);
  expect(await refusal(await serve({ dataDir: path }))).toContain(`${file} is damaged`);
  expect(await readFile(file)).toEqual(bytes);
});

test('a database of a later version: says so, and does not touch it', async () => {
  const { path } = await makeDataDir();
  const first = await serve({ dataDir: path });
  await first.ready();
  first.child.kill('SIGTERM');
  await first.ended;
  const database = new Database(join(path, '.toehold', 'toehold.db'));
  database
    .prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)')
    .run('later', Date.UTC(2100, 0, 1));
  database.close();
  expect(await refusal(await serve({ dataDir: path }))).toMatch(/newer|later/);
});

test.each([
  ['PORT', 'http', 'PORT is "http": it must be a whole number from 0 to 65535, such as 3000'],
  ['HOST', '127.0.0.256', 'HOST is "127.0.0.256": it must be an address or a host name'],
  ['TOEHOLD_PORTS', '1', 'TOEHOLD_PORTS is "1": it must be two ports'],
])('bad configuration: %s=%s', async (variable, value, words) => {
  const { path } = await makeDataDir();
  expect(await refusal(await serve({ dataDir: path, env: { [variable]: value } }))).toContain(words);
});

test('a data directory that cannot be made: says why', async () => {
  const { path } = await makeDataDir();
  await writeFile(join(path, 'file'), '');
  const line = await refusal(await serve({ dataDir: join(path, 'file', 'data') }));
  expect(line).toContain(join(path, 'file', 'data'));
});

test('--no-auth with a HOST that others reach; a token file that holds none: says so, and leaves it', async () => {
  const { path } = await makeDataDir();
  const open = await serve({ dataDir: path, args: ['--no-auth'], env: { HOST: '0.0.0.0' } });
  expect(await refusal(open)).toContain('--no-auth is yes and HOST is 0.0.0.0');

  const file = join(path, 'other.conf');
  await writeFile(file, 'password = hunter2\n', { mode: 0o600 });
  const line = await refusal(await serve({ dataDir: path, args: ['--token-file', file] }));
  expect(line).toContain(`${file} does not hold a token`);
  expect(line).not.toContain('hunter2');
  expect(await readFile(file, 'utf8')).toBe('password = hunter2\n');
});
