import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { runProcess, type ServeProcess } from '../support/serve.ts';
import { until } from '../support/until.ts';

const APPS = fileURLToPath(new URL('../../examples/apps/', import.meta.url));

/** Runs the script of an example with `sh -c` in its directory. Resolves at its first line. */
async function run(
  directory: string,
  env: Record<string, string> = {},
): Promise<ServeProcess & { url: string }> {
  const cwd = join(APPS, directory);
  const { scripts } = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'));
  const port = (await freePorts(1)).split('-')[0] ?? '';
  const app = runProcess('sh', ['-c', `cd "$0" && exec ${scripts.toes}`, cwd], { PORT: port, ...env });
  await app.ready();
  return { ...app, url: `http://127.0.0.1:${port}` };
}

/** A control plane that gives every request the same answer. */
async function controlPlane(answer: object): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? 'no token'}`);
    response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function text(url: string): Promise<string> {
  return (await fetch(url, { headers: { connection: 'close' } })).text();
}

describe('hello', () => {
  test('shows its page, logs a line for each visit, and ends with 0 on SIGTERM', async () => {
    const hello = await run('hello/current');
    expect(await text(hello.url)).toContain(`<code>${hello.pid}</code>`);
    expect((await fetch(`${hello.url}/other?x=1`)).status).toBe(404);
    await until(() => hello.stdout().includes('GET /other 404'), 'both lines');
    expect(hello.stdout()).toContain('GET / 200\n');

    hello.child.kill('SIGTERM');
    expect(await hello.ended).toEqual({ code: 0, signal: null });
    expect(hello.stdout()).toMatch(/Hello says goodbye\n$/);
  });
});

describe('status', () => {
  const running = {
    name: 'hello',
    icon: '👋',
    state: 'RUNNING',
    health: 'HEALTHY',
    url: 'http://localhost:3001',
    restart: null,
  };
  const failing = {
    ...{ name: 'sick', icon: '<b>', state: 'BACKOFF', health: 'UNKNOWN', url: null },
    restart: { attempt: 3, at: '2030-01-01T10:20:30.000Z' },
  };
  const answer = { data: { supervisor: { version: '1.2.3' }, apps: { nodes: [running, failing] } } };

  test('shows the apps from the API, without treating their text as markup', async () => {
    const { url, asked } = await controlPlane(answer);
    const status = await run('status/current', { TOES_URL: url });
    const page = await text(status.url);
    expect(page).toContain('<td>👋<td><a href="http://localhost:3001">hello</a><td>running');
    expect(page).toContain('<td>&#60;b&#62;<td>sick<td>restart 3 at 10:20:30 UTC');
    expect(page).toContain('toehold 1.2.3');
    expect(asked).toEqual(['POST /graphql no token']);
  });

  test('shows the token of its run if it has one', async () => {
    const { url, asked } = await controlPlane(answer);
    const status = await run('status/current', { TOES_URL: url, TOES_TOKEN: 'secret' });
    await text(status.url);
    expect(asked).toEqual(['POST /graphql Bearer secret']);
  });

  test('says so if the control plane does not answer, and keeps running', async () => {
    const status = await run('status/current', { TOES_URL: 'http://127.0.0.1:1' });
    expect(await text(status.url)).toContain('The control plane does not answer.');
    status.child.kill('SIGTERM');
    expect(await status.ended).toEqual({ code: 0, signal: null });
  });

  test('its first release shows plain text', async () => {
    const { url } = await controlPlane(answer);
    const status = await run('status/20260412-181500', { TOES_URL: url });
    expect(await text(status.url)).toBe('hello RUNNING\nsick BACKOFF\n');
  });

  test('has two releases, and a relative link to the newer', async () => {
    const entries = (await readdir(join(APPS, 'status'))).sort();
    expect(entries).toEqual(['20260412-181500', '20260503-101500', 'current']);
    expect(await readlink(join(APPS, 'status/current'))).toBe('20260503-101500');
  });
});

describe('qr', () => {
  test('has a lock file without registry addresses', async () => {
    const manifest = JSON.parse(await readFile(join(APPS, 'qr/current/package.json'), 'utf8'));
    const lock = await readFile(join(APPS, 'qr/current/package-lock.json'), 'utf8');
    expect(JSON.parse(lock).packages['']).toMatchObject({ dependencies: manifest.dependencies });
    expect(lock).not.toContain('resolved');
  });
});
