import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { findServer } from '../../../src/cli/servers/find-server.ts';
import { guardedClient } from '../../../src/cli/servers/guarded-client.ts';
import type { ServerEntry } from '../../../src/cli/servers/state-files.ts';
import { clientEnvironmentOf } from '../../../src/config/client-environment.ts';
import { ownIdentity } from '../../../src/host/process-identity.ts';
import { giveAway, impostor, isRoot, NOBODY } from '../../support/another-account.ts';
import { makeDataDir, serve } from '../../support/serve.ts';
import { run } from './running.ts';

// A command must not trust a folder from another account: its `.toehold` can name any address, any file, and any process.

const SECRET = 'toe_persons-own-token';

let folder: string;
let stateDir: string;
/** An environment without other servers, and with the user's token. */
let env: Readonly<Record<string, string>>;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'toehold-planted-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  stateDir = join(folder, '.toehold');
  await mkdir(stateDir, { mode: 0o700 });
  env = { XDG_STATE_HOME: join(folder, 'no-servers'), TOEHOLD_TOKEN: SECRET };
});

/** A process of the user, which no command may end. */
async function bystander(): Promise<{ readonly pid: number; readonly lives: () => boolean } & ProcessTime> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const pid = child.pid ?? 0;
  return {
    pid,
    ...(await identityOf(pid)),
    lives: () => child.exitCode === null && child.signalCode === null,
  };
}

type ProcessTime = Pick<ServerEntry, 'startTime' | 'bootId'>;

async function identityOf(pid: number): Promise<ProcessTime> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
  const startTime = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return { startTime, bootId: ownIdentity().bootId };
}

async function plant(entry: Partial<ServerEntry> & { readonly tokenPath?: string }): Promise<void> {
  const whole = { pid: process.pid, ...ownIdentity(), instanceId: 'planted', ...entry };
  await writeFile(join(stateDir, 'server.json'), JSON.stringify(whole), { mode: 0o600 });
  await writeFile(join(stateDir, 'token'), 'planted-token\n', { mode: 0o600 });
  await writeFile(join(stateDir, 'lock.db'), '', { mode: 0o600 });
}

const COMMANDS = [
  ['ls'],
  ['status', 'web'],
  ['logs'],
  ['events'],
  ['audit'],
  ['stop', 'web'],
  ['open', '--print'],
  ['shutdown'],
  ['__complete', '--', 'stop', ''],
] as const;

/** Runs every command in the folder. None may succeed, and completion prints nothing. */
async function runAll(): Promise<void> {
  const ended = await Promise.all(COMMANDS.map((args) => run(args, env, folder)));
  for (const [index, { code, stdout, stderr }] of ended.entries()) {
    const tab = COMMANDS[index]?.[0] === '__complete';
    expect([COMMANDS[index], stdout, tab ? [code, stderr] : code]).toEqual([
      COMMANDS[index],
      '',
      tab ? [0, ''] : expect.toBeOneOf([1, 3]),
    ]);
  }
}

describe('a cloned repository, whose files belong to the user', () => {
  test('makes a command send nothing to the address, open no file, and end no process that it names', {
    timeout: 120_000,
  }, async () => {
    const secret = join(folder, 'id_ed25519');
    await writeFile(secret, 'private-key', { mode: 0o600 });
    const stranger = await impostor({ instance: 'planted' });
    const other = await bystander();
    const { pid, startTime, bootId } = other;
    await plant({ url: stranger.url, pid, startTime, bootId, tokenPath: secret });
    await runAll();
    expect(other.lives()).toBe(true);
    expect(stranger.heard).toEqual([]);
    // Also if the directory is named, its process must be its own server.
    const named = await run(['ls', '--data-dir', folder], env);
    expect([named.code, named.stderr]).toEqual([1, expect.stringContaining('does not have lock.db open')]);
    expect(stranger.heard).toEqual([]);
  });

  test('reaches no other machine, whatever process it names', async () => {
    await plant({ url: 'http://192.0.2.7:3000' });
    const lock = await open(join(stateDir, 'lock.db'));
    onTestFinished(() => lock.close());
    const ls = await run(['ls'], env, folder);
    expect([ls.code, ls.stderr]).toEqual([
      1,
      expect.stringContaining('192.0.2.7 is not an address of this machine'),
    ]);
  });

  test('does not lead to a server that has another directory', { timeout: 60_000 }, async () => {
    const { path } = await makeDataDir();
    const server = await serve({ dataDir: path });
    const url = await server.ready();
    const entry = JSON.parse(await readFile(join(path, '.toehold/server.json'), 'utf8'));
    await plant(entry);
    const ended = await run(['shutdown'], env, folder);
    expect([ended.code, ended.stderr]).toEqual([1, expect.stringContaining('is not its server')]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    // Its own directory leads to the server.
    expect((await run(['ls'], { XDG_STATE_HOME: env.XDG_STATE_HOME ?? '' }, path)).code).toBe(0);
  });
});

test('a folder that others can write to is not trusted, even if all its files belong to the user', async () => {
  const stranger = await impostor({ instance: 'planted' });
  await plant({ url: stranger.url });
  const lock = await open(join(stateDir, 'lock.db'));
  onTestFinished(() => lock.close());
  expect((await findHere()).url).toBe(stranger.url);
  const before = stranger.heard.length;
  for (const [path, mode, closed] of [
    [stateDir, 0o777, 0o700],
    [stateDir, 0o770, 0o700],
    [folder, 0o777, 0o700],
    [join(stateDir, 'server.json'), 0o666, 0o600],
    [join(stateDir, 'token'), 0o644, 0o600],
  ] as const) {
    await chmod(path, mode);
    await expect(findHere()).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(`${path} can be`),
    });
    chmodSync(path, closed);
  }
  // Only the last case was about the token alone, so the server got the request for its id.
  expect(stranger.heard.slice(before).every(({ authorization }) => authorization === null)).toBe(true);
});

test('a .toehold that is a link is judged by its target', async () => {
  const stranger = await impostor({ instance: 'planted' });
  await plant({ url: stranger.url });
  const lock = await open(join(stateDir, 'lock.db'));
  onTestFinished(() => lock.close());
  await rename(stateDir, join(folder, 'elsewhere'));
  await symlink('elsewhere', stateDir);
  expect((await findHere()).url).toBe(stranger.url);
  await chmod(join(folder, 'elsewhere'), 0o777);
  await expect(findHere()).rejects.toMatchObject({ exitCode: 1 });
});

test('a token follows no redirect', async () => {
  const target = await impostor({ instance: 'target' });
  const server = await impostor({ instance: 'any', location: `${target.url}/graphql` });
  const found = await findServer({
    ...{ flags: { url: server.url, token: SECRET }, cwd: '/' },
    environment: clientEnvironmentOf({}),
  });
  const client = guardedClient(found);
  await expect(client.request('{ viewer { name } }')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  await expect(client.subscribe('subscription { events { __typename } }').next()).rejects.toThrow();
  await client.close();
  await expect.poll(() => server.heard.at(0)?.authorization).toBe(`Bearer ${SECRET}`);
  expect(target.heard).toEqual([]);
});

describe.runIf(isRoot)('another account', () => {
  test('that owns the folder gets nothing, not even a read', { timeout: 120_000 }, async () => {
    const stranger = await impostor({ instance: 'planted', uid: NOBODY });
    const other = await bystander();
    const { pid, startTime, bootId } = other;
    await plant({ url: stranger.url, pid, startTime, bootId, tokenPath: '/etc/shadow' });
    giveAway(stateDir, join(stateDir, 'server.json'), join(stateDir, 'token'));
    await runAll();
    giveAway(folder);
    await runAll();
    expect(other.lives()).toBe(true);
    expect(stranger.heard).toEqual([]);
  });

  test('that owns a link, a file, or the process gets nothing', async () => {
    const stranger = await impostor({ instance: 'planted', uid: NOBODY });
    const theirs = { url: stranger.url, pid: stranger.pid, ...(await identityOf(stranger.pid)) };
    await plant(theirs);
    await expect(findHere()).rejects.toMatchObject({
      message: expect.stringContaining('of another account'),
    });
    for (const name of ['server.json', 'token']) {
      await plant({ url: stranger.url });
      giveAway(join(stateDir, name));
      const lock = await open(join(stateDir, 'lock.db'));
      await expect(findHere()).rejects.toMatchObject({ exitCode: 1 });
      await lock.close();
      await rm(join(stateDir, name));
    }
    expect(stranger.heard).toEqual([]);
  });

  test('that takes the port of a server that has ended gets no token', async () => {
    const server = await impostor({ instance: 'planted' });
    await plant({ url: server.url });
    const lock = await open(join(stateDir, 'lock.db'));
    onTestFinished(() => lock.close());
    const found = await findHere();
    const client = guardedClient(found);
    await client.request('{ viewer { name } }');
    await expect.poll(() => server.heard.at(-1)?.authorization).toBe(`Bearer ${SECRET}`);
    await server.end();
    const thief = await impostor({
      instance: 'planted',
      uid: NOBODY,
      port: Number(new URL(server.url).port),
    });
    // A client that already has the address, over HTTP and WebSocket, and one that looks for the server.
    await expect(client.request('{ viewer { name } }')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(client.subscribe('subscription { events { __typename } }').next()).rejects.toThrow();
    await client.close();
    await expect(findHere()).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('another account'),
    });
    const named = await run(['ls', '--url', thief.url], env);
    expect([named.code, named.stderr]).toEqual([1, expect.stringContaining('No token was sent')]);
    // With --insecure it is sent. No other token came.
    await run(['ls', '--url', thief.url, '--insecure', '--token', 'meant-for-it'], env);
    const told = () => thief.heard.map(({ authorization }) => authorization).filter((text) => text !== null);
    await expect.poll(told).not.toEqual([]);
    expect(new Set(told())).toEqual(new Set(['Bearer meant-for-it']));
    expect(JSON.stringify(thief.heard)).not.toContain(SECRET);
  });

  test('that wrote the file of TOEHOLD_TOKEN_FILE gives no token', async () => {
    const file = join(folder, 'token');
    await writeFile(file, 'planted', { mode: 0o600 });
    giveAway(file);
    const ls = await run(['ls', '--url', 'https://127.0.0.1:1', '--token-file', file], env);
    expect([ls.code, ls.stderr]).toEqual([1, expect.stringContaining('belongs to another user')]);
  });
});

function findHere() {
  return findServer({ flags: {}, cwd: folder, environment: clientEnvironmentOf(env) });
}
