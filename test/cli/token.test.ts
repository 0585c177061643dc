import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lockStateDirectory } from '../../db/index.ts';
import { makeDataDir, runProcess, toehold } from '../support/serve.ts';
import { until } from '../support/until.ts';
import { startServer, type WholeServer } from '../support/whole-server.ts';

const HISTORY = fileURLToPath(new URL('../db/history/', import.meta.url));
/** A database of the current version. */
const NEWEST = join(
  HISTORY,
  readdirSync(HISTORY)
    .filter((name) => name.endsWith('.db'))
    .sort()
    .at(-1) ?? '',
);
const DIES = fileURLToPath(new URL('../access/revokes-and-dies.ts', import.meta.url));
const VIEWER = '{ viewer { name role } }';

/** Runs `toehold token` in its own process, to its end. */
async function token(dataDir: string, ...args: readonly string[]) {
  const command = toehold(['token', ...args, '--data-dir', dataDir]);
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

/** The name of a token according to the server, or the status if the token is not valid. */
async function whois({ send }: WholeServer, text: string): Promise<unknown> {
  const body = JSON.stringify({ query: VIEWER });
  const { status, text: answer } = await send(body, { authorization: `Bearer ${text.trim()}` });
  return status === 200 ? JSON.parse(answer).data.viewer : status;
}

describe('beside a running server, from another process', () => {
  test('a new token works at once, and ends within a second when it is revoked, with its streams', async () => {
    const server = await startServer({ bystander: false });
    const made = await token(server.directory, 'create', 'ci', '--role', 'operator', '--expires', '30d');
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^toe_\w{10}_[\w-]{43}\n$/) });
    expect(made.stderr).toMatch(/^toehold: made ci \(\w{10}\), OPERATOR, until .*; it is not shown again\n$/);
    expect(made.stderr).not.toContain(made.stdout.slice(15).trim());
    expect(await whois(server, made.stdout)).toEqual({ name: 'ci', role: 'OPERATOR' });

    const streaming = server.webSocket(made.stdout.trim());
    let closedAt = 0;
    streaming.on('closed', () => {
      closedAt = performance.now();
    });
    let connected = false;
    streaming.on('connected', () => {
      connected = true;
    });
    const told = streaming.iterate({ query: 'subscription { events { __typename } }' });
    const over = told.next().catch(() => null);
    await until(() => connected, 'it streams');
    const revoked = await token(server.directory, 'revoke', 'ci');
    const endedAt = performance.now();
    expect(revoked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Revoked ci \(\w{10}\)\n$/) });
    expect(await whois(server, made.stdout)).toBe(401);
    await until(() => closedAt > 0, 'the socket is closed', 5_000);
    expect(closedAt - endedAt).toBeLessThan(1_000);
    await over;

    const { auditLog } = await server.ask<{ auditLog: { nodes: object[] } }>(
      '{ auditLog { nodes { actor action outcome } } }',
    );
    expect(auditLog.nodes).toEqual([
      { actor: 'toehold token', action: 'createToken', outcome: 'OK' },
      { actor: 'toehold token', action: 'revokeToken', outcome: 'OK' },
    ]);
  });

  test('the list shows each token and no secret; JSON has RFC 3339 times', async () => {
    const server = await startServer({ bystander: false });
    const made = JSON.parse((await token(server.directory, 'create', 'ben', '--json')).stdout);
    expect(made).toMatchObject({ name: 'ben', kind: 'TOKEN', role: 'VIEWER', expiresAt: null });
    expect(await whois(server, made.token)).toEqual({ name: 'ben', role: 'VIEWER' });
    const list = await token(server.directory, 'list');
    const lines = list.stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ID +NAME +KIND +ROLE +CREATED +EXPIRES +LAST USED$/);
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/ first +TOKEN +ADMIN /),
      expect.stringContaining(made.id),
    ]);
    const [first, ben] = JSON.parse((await token(server.directory, 'list', '--json')).stdout);
    expect(first).toMatchObject({ name: 'first', role: 'ADMIN' });
    expect(ben).toEqual({ ...made, token: undefined, lastUsedAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(JSON.stringify([list, first, ben])).not.toContain(made.token.slice(15));
  });
});

test('without a server: no epoch begins, the next server knows the token, and a kill -9 right after a revocation undoes nothing', async () => {
  const server = await startServer({ bystander: false });
  await server.shutdown('stop');
  const file = join(server.stateDir, 'toehold.db');
  const epochs = () => query(file, 'SELECT count(*) FROM epochs');
  const before = epochs();
  const { stdout } = await token(server.directory, 'create', 'ci', '--role', 'admin');
  const gone = await token(server.directory, 'create', 'gone');
  expect(epochs()).toBe(before);
  const dies = runProcess(
    process.execPath,
    ['--import', 'tsx', DIES, server.stateDir, gone.stdout.slice(4, 14)],
    {},
  );
  expect((await dies.ended).signal).toBe('SIGKILL');
  await server.startAgain();
  expect(await whois(server, stdout)).toEqual({ name: 'ci', role: 'ADMIN' });
  expect(await whois(server, gone.stdout)).toBe(401);
});

describe('a database of another version', () => {
  async function withDatabase(name: string) {
    const { path } = await makeDataDir();
    const stateDir = join(path, '.toehold');
    mkdirSync(stateDir, { mode: 0o700 });
    const file = join(stateDir, 'toehold.db');
    copyFileSync(join(HISTORY, name), file);
    return { path, stateDir, file };
  }

  test('an earlier one is not changed while a server uses it, and migrated otherwise', async () => {
    const { path, stateDir, file } = await withDatabase('0001_intents.db');
    const lock = lockStateDirectory(stateDir);
    onTestFinished(() => lock.release());
    const before = readFileSync(file);
    const refused = await token(path, 'list');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^toehold: .* is of an earlier version, and the server .*\(pid \d+\).*\n$/,
    );
    expect(readFileSync(file).equals(before)).toBe(true);
    lock.release();
    expect(await token(path, 'list')).toMatchObject({ code: 0 });
    expect(query(file, 'SELECT count(*) FROM tokens')).toBe(0);
  });

  test('a later one is not changed', async () => {
    const { path, file } = await withDatabase('0002_access.db');
    const client = new SQLite(file);
    client.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)");
    client.close();
    const refused = await token(path, 'create', 'ci');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^toehold: .*was written by a later version of Toehold.*\n$/);
  });
});

test('if another program writes to the database, it says so, and nothing has changed', async () => {
  const { path } = await makeDataDir();
  mkdirSync(join(path, '.toehold'));
  const file = join(path, '.toehold', 'toehold.db');
  copyFileSync(NEWEST, file);
  const client = new SQLite(file);
  onTestFinished(() => void client.close());
  client.exec('BEGIN IMMEDIATE');
  expect(await token(path, 'create', 'ci')).toEqual({
    ...{ code: 1, stdout: '' },
    stderr: expect.stringMatching(/^toehold: the database could not be written, .*; try again\n$/),
  });
  client.exec('ROLLBACK');
  expect(query(file, 'SELECT count(*) FROM tokens')).toBe(2);
});

describe('wrong use exits with 2, a missing token with 1, and neither changes anything', () => {
  test.each([
    [2, ['create', 'ci', '--role', 'god'], /It must be viewer, operator, or admin/],
    [2, ['create', 'ci', '--expires', 'soon'], /It must be a time from/],
    [2, ['create', '-'], /begins with a letter or number/],
    [2, ['create', 'ci'], /no server has run in .* yet: start one there, or give --data-dir/],
    [2, ['frob'], /unknown command/],
  ] as const)('%i: %j', async (code, args, words) => {
    const { path } = await makeDataDir();
    const said = await token(path, ...args);
    expect([said.code, said.stdout]).toEqual([code, '']);
    expect(said.stderr).toMatch(words);
  });

  test('an unknown name, and a name that several tokens have', async () => {
    const { path } = await makeDataDir();
    mkdirSync(join(path, '.toehold'));
    copyFileSync(NEWEST, join(path, '.toehold', 'toehold.db'));
    expect(await token(path, 'revoke', 'nobody')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no token'),
    });
    const ids = [];
    for (let count = 0; count < 2; count += 1) {
      ids.push((await token(path, 'create', 'ci', '--json')).stdout.slice(7, 17));
    }
    const unclear = await token(path, 'revoke', 'ci');
    expect(unclear).toMatchObject({ code: 2, stderr: expect.stringContaining(ids.join(', ')) });
    expect((await token(path, 'revoke', ids[0] ?? '')).code).toBe(0);
    expect((await token(path, 'revoke', 'ci')).code).toBe(0);
  });
});

function query(file: string, statement: string): unknown {
  const client = new SQLite(file, { readonly: true });
  try {
    return client.prepare(statement).pluck().get();
  } finally {
    client.close();
  }
}
