import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { program } from '../support/programs.ts';
import { startServer, type WholeServer } from '../support/whole-server.ts';

function withUmask(mask: number): void {
  const before = process.umask(mask);
  onTestFinished(() => void process.umask(before));
}

/** All that lies below the directory, itself included. */
async function everythingIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true });
  return [directory, ...entries.map((entry) => join(directory, entry))];
}

async function modesOf(paths: readonly string[]): Promise<string[]> {
  const modes = paths.map(async (path) => {
    const stats = await stat(path);
    const kind = stats.isDirectory() ? 'directory' : 'file';
    return `${kind} ${(stats.mode & 0o777).toString(8)}`;
  });
  return [...new Set(await Promise.all(modes))].sort();
}

/** What an app was given, as it tells it. */
async function environmentOf({ waitForState }: WholeServer, app: string): Promise<Record<string, string>> {
  const { url } = await waitForState(app, 'RUNNING');
  return (await (await fetch(url ?? '')).json()).environment;
}

test('whatever the umask, nobody else may read what the server keeps', async () => {
  withUmask(0);
  const server = await startServer();
  await server.addApp('talks', { script: 'echo out; echo err >&2; exit 3' });
  await server.waitForLine('talks', 'err');
  await server.addApp('asks', { script: program('environment-server'), toes: { api: 'viewer' } });
  await environmentOf(server, 'asks');
  await server.command('restartApp', 'asks');
  await server.command('removeApp', 'talks');
  await server.restart('detach');
  await environmentOf(server, 'asks');
  const kept = await everythingIn(server.stateDir);
  expect(kept.map((path) => path.slice(server.stateDir.length + 1))).toEqual(
    expect.arrayContaining(['token', 'lock.db', 'toehold.db', 'toehold.db-wal', 'runs', 'runs/1/stdout.log']),
  );
  expect(await modesOf(kept)).toEqual(['directory 700', 'file 600']);
});

test('A10: no token stands in what the server keeps, prints or tells, but the first one in its file', async () => {
  const server = await startServer({ bystander: false });
  await server.addApp('asks', { script: program('environment-server'), toes: { api: 'operator' } });
  const { TOES_TOKEN = '', TOES_URL } = await environmentOf(server, 'asks');
  // Both loopback addresses are bound: that of the printed address, and ::1.
  expect(TOES_URL).toBe(`http://localhost:${new URL(server.url).port}`);
  expect((await fetch(`http://[::1]:${new URL(server.url).port}/healthz`)).status).toBe(200);
  const authorization = `Bearer ${TOES_TOKEN}`;
  const asApp = async (query: string) => {
    const asked = await fetch(`${TOES_URL}/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ query }),
    });
    return asked.json();
  };
  const viewer = { name: 'asks (app)', role: 'VIEWER' };
  expect(await asApp('{ viewer { name role } }')).toEqual({ data: { viewer } });
  // A manifest makes nobody an operator: that takes a grant, which an app cannot give itself.
  const operate = 'mutation { setAppIcon(input: { app: { name: "asks" }, icon: "🦊" }) { __typename } }';
  const grant =
    'mutation { grantAppAccess(input: { app: { name: "asks" }, role: OPERATOR }) { __typename } }';
  const forbidden = { errors: [{ extensions: { code: 'FORBIDDEN' } }] };
  expect([await asApp(operate), await asApp(grant)]).toMatchObject([forbidden, forbidden]);
  await server.ask(grant);
  expect(await asApp(operate)).toEqual({ data: { setAppIcon: { __typename: 'SetAppIconSuccess' } } });
  expect(await asApp(grant)).toMatchObject(forbidden);

  const secrets = [TOES_TOKEN, server.token].map((token) => token.slice(15));
  expect(secrets.map((secret) => secret.length)).toEqual([43, 43]);
  const found: string[] = [];
  for (const path of await everythingIn(server.stateDir)) {
    if ((await stat(path)).isDirectory()) continue;
    const bytes = await readFile(path, 'latin1');
    if (secrets.some((secret) => bytes.includes(secret))) found.push(path);
  }
  expect(found).toEqual([join(server.stateDir, 'token')]);
  const told = await server.ask(`{
    apps { nodes { error warnings logs { nodes { text } } runs { nodes { id } } } }
    events { nodes { __typename } } tokens { id name } auditLog { nodes { input } }
  }`);
  const text = JSON.stringify([told, server.printed]);
  for (const secret of secrets) expect(text).not.toContain(secret);

  await server.command('stopApp', 'asks');
  const body = JSON.stringify({ query: '{ viewer { name } }' });
  expect((await server.send(body, { authorization })).status).toBe(401);
});
