import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { appIn, appProcesses, ask, makeDataDir, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

test('A6: prints its URL alone on stdout, and answers there', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const server = await serve({ dataDir: path });
  const url = await server.ready();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);

  const web = await appIn(url, 'web', 'RUNNING');
  expect(await (await fetch(web.url ?? '')).text()).toMatch(/^answered by \d+\n$/);
  const { data } = await ask<{ supervisor: object }>(url, '{ supervisor { appsDir pid version } }');
  expect(data.supervisor).toMatchObject({ appsDir, pid: server.pid });
  expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  expect((await fetch(new URL('/readyz', url))).status).toBe(200);

  expect(server.stdout()).toBe(`${url}\n`);
  expect(server.stderr()).toContain('🐾 [web] Starting on port ');
  await until(() => server.stderr().includes(`web running   ${web.url}\n`), 'a line for the app');
  expect(server.stderr()).not.toContain('\x1b');
});

test('--json: the line is an object', async () => {
  const { path } = await makeDataDir();
  const server = await serve({ dataDir: path, args: ['--json'] });
  const line = JSON.parse(await server.ready());
  expect(line).toEqual({
    url: expect.stringMatching(/^http:/),
    pid: server.pid,
    version: expect.any(String),
  });
  expect(Object.keys(line)).toEqual(['url', 'pid', 'version']);
});

test('server.json tells of it while it is there, and goes at a clean end', async () => {
  const { path } = await makeDataDir();
  const server = await serve({ dataDir: path });
  const url = await server.ready();
  const file = join(path, '.toehold', 'server.json');
  const entry = JSON.parse(await readFile(file, 'utf8'));
  expect(entry).toMatchObject({ url, pid: server.pid });
  expect((await stat(join(path, '.toehold'))).mode & 0o777).toBe(0o700);
  expect(await (await fetch(new URL('/healthz', url))).text()).toContain(entry.instanceId);

  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
  await expect(stat(file)).rejects.toThrow('ENOENT');
});

test('A21: SIGTERM ends every app, and then the server with 0', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'one', {});
  await writeAppFolder(appsDir, 'two', {});
  const server = await serve({ dataDir: path });
  const url = await server.ready();
  await Promise.all([appIn(url, 'one', 'RUNNING'), appIn(url, 'two', 'RUNNING')]);

  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(await appProcesses(appsDir)).toEqual([]);
  expect(server.stderr()).toContain('SIGTERM');
  expect(server.stdout()).toBe(`${url}\n`);
});

test('a missing apps/ is no reason to end: it says so, and takes the apps up when it is there', async () => {
  const { path } = await makeDataDir();
  const appsDir = join(path, 'elsewhere', 'apps');
  const server = await serve({ dataDir: path, env: { APPS_DIR: appsDir, TOEHOLD_RESCAN_INTERVAL: '200ms' } });
  const url = await server.ready();
  const readyz = await fetch(new URL('/readyz', url));
  expect([readyz.status, await readyz.text()]).toEqual([503, expect.stringContaining(appsDir)]);
  await writeAppFolder(appsDir, 'late', {});
  await appIn(url, 'late', 'RUNNING');
  expect((await fetch(new URL('/readyz', url))).status).toBe(200);
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(await appProcesses(appsDir)).toEqual([]);
});

test('--no-auth asks nobody, and says so; else a log file gets no link that logs in', async () => {
  const { path } = await makeDataDir();
  const first = await serve({ dataDir: path, args: ['--no-auth'] });
  const open = await first.ready();
  const body = JSON.stringify({ query: '{ viewer { name role } }' });
  const whois = (url: string) =>
    fetch(new URL('/graphql', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
  expect(await (await whois(open)).json()).toEqual({ data: { viewer: { name: 'local', role: 'ADMIN' } } });
  expect(first.stderr()).toContain('no token is required');
  first.child.kill('SIGTERM');
  await first.ended;

  const second = await serve({ dataDir: path });
  expect((await whois(await second.ready())).status).toBe(401);
  await until(() => second.stderr().includes('toehold open'), 'it says how to log in');
  expect(second.stdout() + second.stderr()).not.toContain('once=');
});
