import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeAppFolder } from '../../support/app-folder.ts';
import { program } from '../../support/programs.ts';
import { type DataDir, makeDataDir, type ServeProcess, serve, toehold } from '../../support/serve.ts';
import { until } from '../../support/until.ts';
import { run } from '../servers/running.ts';

const numbers = ({ stdout }: ServeProcess) =>
  stdout()
    .split('\n')
    .slice(0, -1)
    .map((line) => Number(line.replace('line ', '')));

/** Resolves when the follower has printed this many more lines. */
function moreOf(follower: ServeProcess, count = 50): Promise<unknown> {
  const before = numbers(follower).length;
  return until(() => numbers(follower).length >= before + count, 'lines come', 30_000);
}

/** How many times it has printed this. */
const told = ({ stderr }: ServeProcess, what: 'away' | 'back') =>
  stderr().split(`the server is ${what}`).length - 1;

async function follow({ path, appsDir }: DataDir): Promise<void> {
  await writeAppFolder(appsDir, 'count', { script: program('count', 3, 20), toes: { port: false } });
  const env = { DATA_DIR: path };
  const start = async () => {
    const server = await serve({ dataDir: path, env: { TOEHOLD_ON_EXIT: 'detach' } });
    await server.ready();
    return server;
  };
  let server = await start();
  const logs = toehold(['logs', '-f', '-n', 'all', '--stream', 'stdout', 'count'], env);
  const events = toehold(['events', '-f', '-n', 'all', '--json'], env);
  const list = toehold(['ls', '--watch', '--json'], env);
  await Promise.all([moreOf(logs), events.ready(), list.ready()]);
  const followers = [logs, events];
  for (let times = 0; times < 2; times++) {
    server.child.kill('SIGKILL');
    await server.ended;
    await until(() => followers.every((one) => told(one, 'away') === times + 1), 'they notice', 20_000);
    // It has another port each time, and is found by its data directory.
    server = await start();
    await until(
      () => followers.every((one) => told(one, 'back') === times + 1),
      'they find it again',
      20_000,
    );
    await moreOf(logs);
  }
  expect((await run(['stop', '--wait', 'count'], env)).code).toBe(0);
  const last = () => JSON.parse(list.stdout().trim().split('\n').at(-1) ?? '');
  await until(() => last().state === 'STOPPED', 'the list tells of it');
  const all = (await run(['logs', '-n', 'all', '--stream', 'stdout', 'count'], env)).stdout;
  await until(() => logs.stdout().length >= all.length, 'all lines are there');
  expect(numbers(logs)).toEqual(numbers(logs).map((_, index) => index + 1));
  expect(logs.stdout().slice(0, all.length)).toBe(all);

  const journal = (await run(['events', '-n', 'all', '--json'], env)).stdout;
  await until(() => events.stdout().length >= journal.length, 'all events are there');
  expect(events.stdout().slice(0, journal.length)).toBe(journal);
  for (const follower of [logs, events, list]) {
    follower.child.kill('SIGINT');
    expect((await follower.ended).code).toBe(130);
  }
}

test('logs -f, events -f, and ls --watch continue across kills of the server: nothing is lost, and nothing comes twice', {
  timeout: 120_000,
}, async () => {
  await follow(await makeDataDir());
});

test('a gap is reported on standard error, at the position of the missing lines', {
  timeout: 60_000,
}, async () => {
  const { path, appsDir } = await makeDataDir();
  const script = 'echo before; until [ -e go ]; do sleep 0.02; done; : > /dev/stdout; echo after; exec cat';
  const directory = await writeAppFolder(appsDir, 'cutter', { script, toes: { port: false } });
  await (await serve({ dataDir: path })).ready();
  const logs = toehold(['logs', '-f', '--stream', 'stdout', 'cutter'], { DATA_DIR: path });
  const objects = toehold(['logs', '-f', '--stream', 'stdout', '--json', 'cutter'], { DATA_DIR: path });
  await until(
    () => [logs, objects].every(({ stdout }) => stdout().includes('before')),
    'they follow',
    20_000,
  );
  await writeFile(join(directory, 'go'), '');
  await until(() => [logs, objects].every(({ stdout }) => stdout().includes('after')), 'they go on');
  expect(logs.stdout()).toBe('before\nafter\n');
  expect(logs.stderr()).toBe('toehold: lines of cutter are missing here: the app truncated its own output\n');
  const [, gap] = objects
    .stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(gap).toMatchObject({ gap: { reason: 'TRUNCATED_BY_APP', app: { name: 'cutter' } } });
});
