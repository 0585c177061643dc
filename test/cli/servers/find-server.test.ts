import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { CommandFailure } from '../../../src/cli/failure.ts';
import { findServer, type ServerFlags } from '../../../src/cli/servers/find-server.ts';
import { registerServer } from '../../../src/cli/servers/registration.ts';
import { listServers } from '../../../src/cli/servers/server-list.ts';
import { writeServerFile } from '../../../src/cli/servers/state-files.ts';
import { clientEnvironmentOf } from '../../../src/config/client-environment.ts';
import { ownCommand } from '../../../src/host/own-command.ts';
import { ownIdentity } from '../../../src/host/process-identity.ts';
import { makeDataDir, serve, tokenOf } from '../../support/serve.ts';
import { run } from './running.ts';

/** How messages name this program here. */
const OWN = ownCommand(process.env.PATH);

interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly flags?: ServerFlags;
}

const find = ({ cwd = '/', env = {}, flags = {} }: Place) =>
  findServer({ flags, cwd, environment: clientEnvironmentOf({ XDG_STATE_HOME: '/nonexistent', ...env }) });

const failure = async (place: Place) => {
  const error = await find(place).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandFailure)) throw new Error(`no failure of a command: ${error}`);
  return { code: error.exitCode, message: error.message };
};

async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'toehold-find-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Answers like a server with that instance id, and records requests. */
async function impostor(instance: string): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'ok', instance }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** A data directory whose files name this process as its server. */
async function claim(directory: string, url: string, instanceId = 'mine'): Promise<string> {
  const stateDir = join(directory, '.toehold');
  await mkdir(stateDir, { recursive: true });
  await writeFile(join(stateDir, 'token'), 'secret\n', { mode: 0o600 });
  const entry = { url, pid: process.pid, ...ownIdentity(), instanceId };
  await writeServerFile(stateDir, entry);
  // A server keeps it open as long as it runs.
  const lock = await open(join(stateDir, 'lock.db'), 'w');
  onTestFinished(() => lock.close());
  return stateDir;
}

test('an address overrides the rest, and a token goes only to its own address', async () => {
  const env = { TOEHOLD_URL: 'https://one:3000/graphql', TOEHOLD_TOKEN: 'ones', DATA_DIR: '/nowhere' };
  expect(await find({ env })).toMatchObject({ url: 'https://one:3000', token: 'ones', local: null });
  expect(await find({ env, flags: { url: 'https://two/' } })).toMatchObject({
    url: 'https://two',
    token: null,
  });
  expect(await find({ env, flags: { url: 'https://two', token: 'twos' } })).toMatchObject({ token: 'twos' });
  expect(await failure({ flags: { url: 'two:3000' } })).toMatchObject({ code: 2 });
  expect(await failure({ flags: { url: 'https://two', token: 'two words' } })).toMatchObject({ code: 2 });
});

test('a token goes to an address without https only if this account or root listens, or with --insecure', async () => {
  const { url } = await impostor('any');
  const token = 'mine';
  for (const own of [url, url.replace('127.0.0.1', 'localhost')])
    expect(await find({ flags: { url: own, token } })).toMatchObject({ url: own, token });
  for (const elsewhere of ['http://192.0.2.7:3000', 'http://example.com', 'http://[2001:db8::1]:3000'])
    expect(await failure({ flags: { url: elsewhere, token } })).toEqual({
      code: 1,
      message: expect.stringContaining(`No token was sent to ${elsewhere}`),
    });
  // Without a token there is nothing to protect.
  expect(await find({ flags: { url: 'http://192.0.2.7:3000' } })).toMatchObject({ token: null });
  for (const how of [{ flags: { insecure: true } }, { env: { TOEHOLD_INSECURE: 'yes' } }])
    expect(await find({ ...how, flags: { ...how.flags, url: 'http://example.com', token } })).toMatchObject({
      token,
    });
  const { port } = new URL(url);
  const nobody = `http://127.0.0.2:${port}`;
  expect(await failure({ flags: { url: nobody, token } })).toMatchObject({ code: 3 });
});

test('a token is read from the named file only if the file is private to the user', async () => {
  const directory = await makeDirectory();
  const tokenFile = join(directory, 'secret');
  await writeFile(tokenFile, ' filed\n', { mode: 0o600 });
  const flags = { url: 'https://one' };
  const env = { TOEHOLD_TOKEN_FILE: tokenFile };
  expect(await find({ flags: { ...flags, tokenFile } })).toMatchObject({ token: 'filed' });
  expect(await find({ flags, env })).toMatchObject({ token: 'filed' });
  expect(await find({ flags, env: { ...env, TOEHOLD_TOKEN: 'told' } })).toMatchObject({ token: 'told' });
  expect(await find({ flags, env: { ...env, TOEHOLD_URL: 'https://two' } })).toMatchObject({ token: null });
  for (const mode of [0o644, 0o640, 0o606, 0o620]) {
    await chmod(tokenFile, mode);
    const refusal = await failure({ flags, env });
    expect(refusal.code).toBe(1);
    expect(refusal.message).toMatch(
      /TOEHOLD_TOKEN_FILE is not used: .*secret can be (read|written) by .*\nchmod /,
    );
  }
  expect(await failure({ flags: { ...flags, tokenFile: join(directory, 'gone') } })).toMatchObject({
    code: 1,
    message: expect.stringContaining('is not there'),
  });
});

test('a named data directory overrides the current one, and that overrides the list', async () => {
  const [named, here, stateHome] = [await makeDirectory(), await makeDirectory(), await makeDirectory()];
  const { url } = await impostor('mine');
  await claim(named, url);
  await registerServer(stateHome, join(named, '.toehold'));
  const env = { XDG_STATE_HOME: stateHome };
  const found = { url, token: 'secret' };
  expect(await find({ flags: { dataDir: named } })).toMatchObject(found);
  expect(await find({ env: { DATA_DIR: named } })).toMatchObject(found);
  expect(await find({ cwd: named })).toMatchObject(found);
  expect(await find({ cwd: here, env })).toMatchObject(found);

  // If the server of a directory does not run, no other server is used.
  await mkdir(join(here, '.toehold'));
  expect(await failure({ cwd: here, env })).toEqual({
    code: 3,
    message: `${here}/.toehold has no running server\nStart one: ${OWN} serve --data-dir ${here}`,
  });
  // A token in the environment is used, unless the environment also has an address.
  expect(await find({ flags: { dataDir: named }, env: { TOEHOLD_TOKEN: 'mine' } })).toMatchObject({
    token: 'mine',
  });
  const other = { TOEHOLD_URL: 'https://other', TOEHOLD_TOKEN: 'others' };
  expect(await find({ flags: { dataDir: named }, env: other })).toMatchObject(found);
});

test('several running servers are listed, and dead ones are ignored', async () => {
  const [one, two, dead, stateHome] = await Promise.all([1, 2, 3, 4].map(makeDirectory));
  if (!one || !two || !dead || !stateHome) throw new Error('no directories');
  const { url } = await impostor('mine');
  for (const directory of [one, two]) await registerServer(stateHome, await claim(directory, url));
  await mkdir(join(dead, '.toehold'));
  await registerServer(stateHome, join(dead, '.toehold'));
  const { code, message } = await failure({ env: { XDG_STATE_HOME: stateHome } });
  expect(code).toBe(2);
  expect(message).toContain(`--data-dir ${one}  (${url})`);
  expect(message).toContain(`--data-dir ${two}  (${url})`);
  expect(message).not.toContain(dead);
  // The next server removes entries whose directory is gone.
  await rm(dead, { recursive: true });
  await registerServer(stateHome, join(one, '.toehold'));
  expect(listServers(stateHome)).toHaveLength(2);
});

test('a port that now belongs to another program gets no token', async () => {
  const [directory, stateHome] = [await makeDirectory(), await makeDirectory()];
  const stranger = await impostor('theirs');
  await claim(directory, stranger.url);
  const ls = await run(['ls', '--data-dir', directory], { XDG_STATE_HOME: stateHome });
  expect([ls.code, ls.stderr]).toEqual([3, expect.stringContaining('now belongs to another server')]);
  expect(stranger.requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/healthz', undefined],
  ]);
});

test('a process that did not write the file gets no request at all', async () => {
  const directory = await makeDirectory();
  const stranger = await impostor('mine');
  const stateDir = await claim(directory, stranger.url);
  const identity = ownIdentity();
  for (const lie of [{ startTime: 1 }, { bootId: 'another' }, { pid: 2 ** 22 + 1 }]) {
    const entry = { url: stranger.url, pid: process.pid, ...identity, instanceId: 'mine', ...lie };
    await writeServerFile(stateDir, entry);
    expect(await failure({ flags: { dataDir: directory } })).toMatchObject({ code: 3 });
  }
  await writeFile(join(stateDir, 'server.json'), '{"pid":');
  expect((await failure({ flags: { dataDir: directory } })).message).toContain(
    'has a server.json that is not valid',
  );
  expect(stranger.requests).toEqual([]);
});

test('serve registers for the commands of its user, and unregisters at a clean end', async () => {
  const [{ path }, stateHome] = [await makeDataDir(), await makeDirectory()];
  const env = { XDG_STATE_HOME: stateHome };
  const server = await serve({ dataDir: path, env });
  const url = await server.ready();
  expect(await find({ env })).toMatchObject({ url, token: tokenOf(url) });
  expect(await run(['ls', '--json'], env)).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  server.child.kill('SIGTERM');
  await server.ended;
  expect(listServers(stateHome)).toEqual([]);
  const ls = await run(['ls'], env);
  expect([ls.code, ls.stderr]).toEqual([3, expect.stringContaining('toehold serve')]);
});
