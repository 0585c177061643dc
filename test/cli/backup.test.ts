import fs from 'node:fs';
import { chmod, cp, lstat, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readBackup } from '../../db/backup.ts';
import { lockStateDirectory, openStores } from '../../db/index.ts';
import { restoreState, writeBackup } from '../../src/cli/backup/state.ts';
import { CommandFailure } from '../../src/cli/failure.ts';
import { temporaryDirectory } from '../support/apps-dir.ts';
import { program } from '../support/programs.ts';
import { appIn, ask, COMMAND, makeDataDir, runProcess, serve } from '../support/serve.ts';
import { sharedServer } from '../support/whole-server.ts';
import { type Ended, run } from './servers/running.ts';

const whole = sharedServer({ bystander: false });

const backup = (file: string): Promise<Ended> => run(['backup', file], { DATA_DIR: whole().directory });
const restore = (file: string, dataDir: string, ...more: string[]): Promise<Ended> =>
  run(['restore', file, '--data-dir', dataDir, ...more], {});

async function modeOf(path: string): Promise<string> {
  return ((await lstat(path)).mode & 0o777).toString(8);
}

/** A backup of the running server, for the tests that do not change it. */
let kept: string;

beforeAll(async () => {
  // It prints without a pause: the server writes marks while the backup is made.
  await whole().addApp('blog', { script: `(while :; do echo x; sleep 0.02; done) & ${program('serve')}` });
  await whole().addApp('shop', { program: 'answers.mjs' });
  await whole().waitForState('blog', 'RUNNING');
  await whole().waitForState('shop', 'RUNNING');
  await whole().command('stopApp', 'shop');
  kept = join(whole().directory, 'kept.db');
  await writeBackup(whole().stateDir, kept, { createdAt: 1_000, version: '1.2.3', token: whole().token });
});

test('a backup of a running server is restored on an empty machine, and a server goes on from it', async () => {
  const file = join(whole().directory, 'moved.db');
  await whole().ask('mutation { createToken(input: { name: "mine", role: VIEWER }) { __typename } }');
  const made = await backup(file);
  expect(made).toMatchObject({ code: 0, stdout: `Wrote ${file}: 2 apps of ${whole().stateDir}\n` });
  expect(made.stderr).toContain('It has a token that gives full access\nKeep it private: it has the hashes');
  expect(await modeOf(file)).toBe('600');
  expect((await readdir(whole().directory)).filter((name) => name.startsWith('moved'))).toEqual(['moved.db']);
  const port = (await whole().app('blog'))?.port?.port;
  const { token } = whole();

  const { path, appsDir } = await makeDataDir();
  const restored = await restore(file, path);
  expect(restored).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Restored .*: 2 apps, as of /) });
  expect(restored.stderr).toContain(`Put these into ${appsDir} again: blog, shop\n`);
  expect((await readdir(path)).sort()).toEqual(['.toehold', 'apps']);
  expect(await modeOf(join(path, '.toehold'))).toBe('700');
  expect(await modeOf(join(path, '.toehold/runs'))).toBe('700');
  expect(await modeOf(join(path, '.toehold/token'))).toBe('600');
  expect(await modeOf(join(path, '.toehold/toehold.db'))).toBe('600');

  await cp(whole().appsDir, appsDir, { recursive: true });
  await whole().command('stopApp', 'blog');
  const server = await serve({
    dataDir: path,
    env: { TOEHOLD_PORTS: `${whole().range.min}-${whole().range.max}`, TOEHOLD_ON_EXIT: 'stop' },
  });
  const url = await server.ready();
  expect(await readFile(join(path, '.toehold/token'), 'utf8')).toBe(`${token}\n`);
  await appIn(url, 'blog', 'RUNNING');
  const { data } = await ask<{
    apps: { nodes: unknown[] };
    tokens: { name: string }[];
    logs: { nodes: unknown[] };
    events: { nodes: { __typename: string }[] };
  }>(
    url,
    `{ apps { nodes { name state desiredState port { port } runs(first: 5) { nodes { cause exit { reason } } } } }
       tokens { name } logs(last: 5) { nodes { text } } events(last: 100) { nodes { __typename } } }`,
  );
  expect(data?.apps.nodes).toEqual([
    {
      ...{ name: 'blog', state: 'RUNNING', desiredState: 'RUNNING', port: { port } },
      // The run of the other machine is not taken for one of this machine.
      runs: {
        nodes: [
          expect.objectContaining({ exit: null }),
          expect.objectContaining({ exit: { reason: 'LOST' } }),
        ],
      },
    },
    expect.objectContaining({ name: 'shop', state: 'STOPPED', desiredState: 'STOPPED' }),
  ]);
  expect(data?.tokens.map(({ name }) => name)).toContain('mine');
  expect(data?.events.nodes.filter(({ __typename }) => __typename === 'AppAddedEvent').length).toBe(2);
  server.child.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
});

type Row = [title: string, spoil: (file: string) => Promise<unknown>, message: RegExp];

/** Changes a backup as a person with sqlite3 does. */
function edited(sql: string): Row[1] {
  return async (file) => {
    const client = new SQLite(file);
    client.exec(sql);
    client.close();
  };
}

const setFacts = (json: string) =>
  `UPDATE toehold_backup SET value = json_patch(value, '${json}') WHERE key = 'facts'`;

/** Merged into the facts of a whole backup (RFC 7396: null removes). */
const FACTS = [
  ['no time', '{"createdAt":null}'],
  ['a time that is no number', '{"createdAt":"now"}'],
  ['a time that no calendar has', '{"createdAt":1e300}'],
  ['no version', '{"version":null}'],
  ['no word of a token', '{"token":null}'],
  ['a token that is an object', '{"token":{"a":1}}'],
  ['a token of another form', '{"token":"undefined"}'],
  ['a token of two lines', '{"token":"toe_abcdefghij_x\\ny"}'],
  ['no apps', '{"apps":null}'],
  ['apps that are no list', '{"apps":{}}'],
  ['an app that is no object', '{"apps":["blog"]}'],
  ['an app without facts', '{"apps":[{}]}'],
  [
    'an app whose name leads elsewhere',
    '{"apps":[{"name":"../x","port":null,"release":null,"desiredState":"RUNNING"}]}',
  ],
  [
    'an app with an impossible port',
    '{"apps":[{"name":"x","port":70000,"release":null,"desiredState":"RUNNING"}]}',
  ],
  [
    'an app with an unknown desire',
    '{"apps":[{"name":"x","port":null,"release":null,"desiredState":"MAYBE"}]}',
  ],
  ['facts that are a list', '[]'],
] as const;

describe('what is no whole backup is refused, and nothing changes', () => {
  const bytes = () => readFile(kept);
  test.each<Row>([
    [
      'is cut off',
      async (file) => truncate(file, (await lstat(file)).size - 1),
      /is not whole: it has \d+ bytes instead of \d+/,
    ],
    ['is cut off after a page', (file) => truncate(file, 4_096), /is not whole/],
    ['is empty', (file) => truncate(file, 0), /is no backup of Toehold/],
    [
      'has more at its end',
      async (file) => writeFile(file, Buffer.concat([await bytes(), Buffer.alloc(1)])),
      /is not whole/,
    ],
    ['is another file', (file) => writeFile(file, 'PK\u0003\u0004'.repeat(1_000)), /is no backup of Toehold/],
    [
      'has a page of zeros',
      async (file) => {
        const whole = await bytes();
        await writeFile(file, whole.fill(0, 3 * 4_096, 8 * 4_096));
      },
      /is damaged/,
    ],
    [
      'is a database of Toehold, and no backup',
      async (file) => {
        const client = new SQLite(file);
        client.exec('DROP TABLE toehold_backup');
        client.close();
      },
      /is a database, but no backup that toehold made/,
    ],
    [
      'has a format of a later version',
      async (file) => {
        const client = new SQLite(file);
        client.exec("UPDATE toehold_backup SET value = '2' WHERE key = 'format'");
        client.close();
      },
      /has the format 2, which this version does not know/,
    ],
    [
      'was made by a later version',
      async (file) => {
        const client = new SQLite(file);
        client.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 99999999999999)");
        client.close();
      },
      /was written by a later version of Toehold/,
    ],
    ...FACTS.map(
      ([what, facts]): Row => [
        `has ${what}`,
        edited(setFacts(facts)),
        /is damaged: .* not what toehold backup writes/,
      ],
    ),
    [
      'has no facts',
      edited("DELETE FROM toehold_backup WHERE key = 'facts'"),
      /is damaged: its record of facts is missing/,
    ],
    [
      'has facts that are no text',
      edited("UPDATE toehold_backup SET value = x'7b7d' WHERE key = 'facts'"),
      /is damaged: its record of facts/,
    ],
    ['lacks a table', edited('DROP TABLE apps'), /is damaged: the table "apps" is missing/],
    ['lacks a table of the logs', edited('DROP TABLE marks'), /is damaged: the table "marks" is missing/],
    [
      'lacks a column',
      edited('ALTER TABLE events DROP COLUMN actor'),
      /is damaged: the column "actor" of "events" is missing/,
    ],
    ['lacks an index', edited('DROP INDEX events_app'), /is damaged: the index "events_app" is missing/],
    [
      'does not say its version',
      edited('DELETE FROM __drizzle_migrations'),
      /is damaged: it does not say of which version/,
    ],
    [
      'lacks the table of versions',
      edited('DROP TABLE __drizzle_migrations'),
      /is damaged: it does not say of which version/,
    ],
    [
      'has an app that cannot be read',
      edited("UPDATE apps SET lifecycle = '[]' WHERE name = 'blog'"),
      /is damaged: the state of "blog" is missing/,
    ],
    [
      'has an app whose name leads elsewhere',
      edited("UPDATE apps SET name = '../x' WHERE name = 'blog'"),
      /is damaged: no app can have the name "\.\.\/x"/,
    ],
    ['could be written by others', (file) => chmod(file, 0o666), /is not restored/],
  ])('one that %s', async (_, spoil, message) => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'spoiled.db');
    await cp(kept, file);
    await spoil(file);
    const state = join(directory, 'data/.toehold');
    await mkdir(state, { recursive: true });
    await writeFile(join(state, 'token'), 'old');
    const error = await restoreState(file, state, { force: true }).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(CommandFailure);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
    expect(await readdir(join(directory, 'data'))).toEqual(['.toehold']);
    expect(await readdir(state)).toEqual(['token']);
  });
});

describe('a state that is there', () => {
  test('stays without --force, and is kept beside the restored one with it', async () => {
    const dataDir = await temporaryDirectory();
    const state = join(dataDir, '.toehold');
    await mkdir(state, { mode: 0o755 });
    openStores(join(state, 'toehold.db'), { now: Date.now }).close();
    const refused = await restore(kept, dataDir);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('With --force it is moved aside'),
    });
    expect(await readdir(dataDir)).toEqual(['.toehold']);

    expect(await restore(kept, dataDir, '--force')).toMatchObject({ code: 0 });
    const [now, aside = '', ...others] = (await readdir(dataDir)).sort();
    expect([now, others]).toEqual(['.toehold', []]);
    expect(aside).toMatch(/^\.toehold\.before-\d{8}-\d{6}$/);
    expect(await readdir(join(dataDir, aside))).toContain('toehold.db');
    expect(await modeOf(state)).toBe('700');
    const stores = openStores(join(state, 'toehold.db'), { now: Date.now });
    // No app starts from where it was on the other machine.
    const nowhere = { identity: null, directory: null, directoryIdentity: null };
    expect(stores.apps.all()).toMatchObject([
      { name: 'blog', ...nowhere },
      { name: 'shop', ...nowhere },
    ]);
    stores.close();
  });

  test('stays where others could write to its directory', async () => {
    const dataDir = await temporaryDirectory();
    await chmod(dataDir, 0o777);
    const error = await restoreState(kept, join(dataDir, '.toehold'), { force: false }).catch(
      (reason) => reason,
    );
    expect(error.message).toContain('nothing was restored there');
    expect(await readdir(dataDir)).toEqual([]);
  });

  test('cannot be made below a file: the command says so', async () => {
    const file = join(await temporaryDirectory(), 'file');
    await writeFile(file, '');
    const error = await restoreState(kept, join(file, 'data/.toehold'), { force: false }).catch(
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(CommandFailure);
    expect(error.message).toContain(file);
  });

  test('that is an empty directory open to others is replaced by a private one', async () => {
    const dataDir = await temporaryDirectory();
    await mkdir(join(dataDir, '.toehold'), { mode: 0o755 });
    expect(await restore(kept, dataDir)).toMatchObject({ code: 0 });
    expect(await modeOf(join(dataDir, '.toehold'))).toBe('700');
  });

  test('is not replaced under a running server, nor while its apps run', async () => {
    const { directory, stateDir } = whole();
    const before = (await readdir(directory)).sort();
    expect(await restore(kept, directory, '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`a server uses ${stateDir} (pid ${process.pid})`),
    });
    await whole().command('startApp', 'blog');
    await whole().shutdown('detach');
    const running = await restore(kept, directory, '--force');
    expect(running).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`an app of ${stateDir} still runs, and no server would know of it`),
    });
    expect((await readdir(directory)).sort()).toEqual(before);
    lockStateDirectory(stateDir).release();
    await whole().startAgain();
    expect(await whole().waitForState('blog', 'RUNNING')).toMatchObject({ run: { recoveries: 1 } });
  });
});

describe('a signal', () => {
  const preload = fileURLToPath(new URL('../fixtures/cli/kill-at.cjs', import.meta.url));

  /** Runs a command that gets a signal before its change of a file below a directory that has this number. */
  async function signaled(args: string[], below: string, at: number, signal: string) {
    const env = { DATA_DIR: whole().directory, KILL_BELOW: below, KILL_AT: String(at), KILL_SIGNAL: signal };
    const command = runProcess(process.execPath, ['--require', preload, ...COMMAND, ...args], env);
    return { ...(await command.ended), stderr: command.stderr() };
  }

  async function withState(): Promise<string> {
    const dataDir = await temporaryDirectory();
    await mkdir(join(dataDir, '.toehold'), { mode: 0o700 });
    await writeFile(join(dataDir, '.toehold/token'), 'old');
    return dataDir;
  }

  test('at any step of a restore: it is as before, or restored, and no copy is left', async () => {
    const codes = new Set<number | null>();
    for (const at of [0, 1, 2, 3, 4, 5, 6]) {
      const dataDir = await withState();
      const args = ['restore', kept, '--force', '--data-dir', dataDir];
      const { code, stderr } = await signaled(args, dataDir, at, 'SIGTERM');
      codes.add(code);
      const names = (await readdir(dataDir)).sort();
      const token = await readFile(join(dataDir, '.toehold/token'), 'utf8');
      if (code === 143) {
        expect(stderr).toBe('toehold: ended by SIGTERM. Nothing has changed\n');
        expect(names).toEqual(['.toehold']);
        expect(token).toBe('old');
      } else {
        expect(code).toBe(0);
        expect(names).toEqual(['.toehold', expect.stringContaining('.toehold.before-')]);
        expect(token).toBe(`${whole().token}\n`);
      }
    }
    expect([...codes].sort()).toEqual([0, 143]);
  });

  test('that kills a restore: the next one removes its copy, and not that of one that goes on', async () => {
    const dataDir = await withState();
    const args = ['restore', kept, '--force', '--data-dir', dataDir];
    expect(await signaled(args, dataDir, 3, 'SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    const [left = '', ...others] = (await readdir(dataDir)).filter((name) => name !== '.toehold');
    expect([left, others]).toEqual([expect.stringContaining('.toehold-restoring-'), []]);
    const goesOn = join(dataDir, '.toehold-restoring-aB3dE6');
    const lock = lockStateDirectory(goesOn);
    await restoreState(kept, join(dataDir, '.toehold'), { force: true });
    lock.release();
    expect((await readdir(dataDir)).sort()).toEqual([
      ...['.toehold', '.toehold-restoring-aB3dE6'],
      expect.stringContaining('.toehold.before-'),
    ]);
  });

  test('at any step of a backup: exit code 0 means that the file is there, and no part of one is left', async () => {
    const codes = new Set<number | null>();
    for (const at of [0, 1, 2]) {
      const directory = await temporaryDirectory();
      const file = join(directory, 'backup.db');
      const { code, stderr } = await signaled(['backup', file], directory, at, 'SIGINT');
      codes.add(code);
      expect(await readdir(directory)).toEqual(code === 0 ? ['backup.db'] : []);
      if (code !== 0) expect(stderr).toBe(`toehold: ended by SIGINT. ${file} was not written\n`);
    }
    expect([...codes]).toEqual([0]);
  });
});

describe('a restore whose second rename fails', () => {
  const own = fs.renameSync;

  /** Something happens between the two renames. */
  function between(work: () => void): void {
    let count = 0;
    fs.renameSync = (from, to) => {
      if (++count === 2) work();
      own(from, to);
    };
    syncBuiltinESMExports();
    onTestFinished(() => {
      fs.renameSync = own;
      syncBuiltinESMExports();
    });
  }

  async function restoring(): Promise<{ readonly dataDir: string; readonly message: string }> {
    const dataDir = await temporaryDirectory();
    const state = join(dataDir, '.toehold');
    await mkdir(state, { mode: 0o700 });
    await writeFile(join(state, 'token'), 'old');
    between(() => happens(state));
    const error = await restoreState(kept, state, { force: true }).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(CommandFailure);
    return { dataDir, message: (error as Error).message };
  }
  let happens: (state: string) => void;

  test('because a server made a state: the error says where the old one is', async () => {
    happens = (state) => {
      fs.mkdirSync(state);
      fs.writeFileSync(join(state, 'token'), 'new');
    };
    const { dataDir, message } = await restoring();
    const [now, aside = '', ...others] = (await readdir(dataDir)).sort();
    expect([now, others]).toEqual(['.toehold', []]);
    expect(message).toContain(`a server made a new state there in the meantime. What was there before is in`);
    expect(message).toContain(join(dataDir, aside));
    expect(await readFile(join(dataDir, aside, 'token'), 'utf8')).toBe('old');
    expect(await readFile(join(dataDir, '.toehold/token'), 'utf8')).toBe('new');
  });

  test('for another reason: what was there is in its place again', async () => {
    happens = () => {
      happens = () => {};
      throw new Error('EIO');
    };
    const { dataDir, message } = await restoring();
    expect(message).toMatch(/EIO.*What was there is in its place again$/);
    expect(await readdir(dataDir)).toEqual(['.toehold']);
    expect(await readFile(join(dataDir, '.toehold/token'), 'utf8')).toBe('old');
  });
});

test('a backup of a running server has the token of that server’s token file', async () => {
  const { path } = await makeDataDir();
  const tokenFile = join(path, 'secret');
  const server = await serve({ dataDir: path, env: { TOEHOLD_TOKEN_FILE: tokenFile } });
  await server.ready();
  const file = join(path, 'backup.db');
  expect(await run(['backup', file, '--data-dir', path], {})).toMatchObject({ code: 0 });
  expect(readBackup(file).token).toBe((await readFile(tokenFile, 'utf8')).trim());
  server.child.kill('SIGTERM');
  await server.ended;
});

test('a backup replaces an older one, and no other file', async () => {
  const directory = await temporaryDirectory();
  const file = join(directory, 'backup.db');
  expect(await backup(file)).toMatchObject({ code: 0 });
  expect(await backup(file)).toMatchObject({ code: 0 });
  await writeFile(file, 'something else');
  expect(await backup(file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('it was not replaced'),
  });
  expect(await readFile(file, 'utf8')).toBe('something else');
  expect(await readdir(directory)).toEqual(['backup.db']);
  expect(await backup(join(directory, 'none/backup.db'))).toMatchObject({ code: 1 });
});
