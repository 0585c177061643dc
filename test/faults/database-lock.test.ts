import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { appIn, ask, makeDataDir, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

const APPS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Holds the write lock, as `sqlite3` does in which somebody typed BEGIN. */
function holdWriteLock(dataDir: string): () => void {
  const other = new SQLite(join(dataDir, '.toehold/toehold.db'));
  onTestFinished(() => {
    other.close();
  });
  other.exec('BEGIN EXCLUSIVE');
  return () => other.exec('COMMIT');
}

test('another program that holds the write lock delays no answer, and nothing that happens meanwhile is lost', async () => {
  const { path, appsDir } = await makeDataDir();
  const print = `require('node:http').createServer((q, a) => { console.log(q.url); a.end() }).listen(process.env.PORT)`;
  for (const name of APPS) await writeAppFolder(appsDir, name, { script: `exec node -e "${print}"` });
  const url = await (await serve({ dataDir: path })).ready();
  const runs = await Promise.all(APPS.map((name) => appIn(url, name, 'RUNNING')));

  const release = holdWriteLock(path);
  // Each change of an app waits for the database, as does each line.
  for (const [index, { url: at, run }] of runs.entries()) {
    await fetch(new URL(`/line-of-${APPS[index]}`, at ?? ''));
    process.kill(run?.pid ?? 0, 'SIGKILL');
  }
  // Where each write waited a second for the lock, six apps that try again every second would leave no time for answers:
  // these would take minutes.
  const began = performance.now();
  for (let answers = 0; answers < 60; answers++) {
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    await sleep(20);
  }
  expect(performance.now() - began).toBeLessThan(40_000);
  const refused = await ask<{ stopApp: object }>(
    url,
    'mutation { stopApp(input: { app: { name: "a" } }) { __typename ... on Error { message } } }',
  );
  expect(refused.data.stopApp).toMatchObject({ message: expect.stringContaining('locked') });

  release();
  for (const name of APPS) {
    await until(async () => {
      const { run } = await appIn(url, name, 'RUNNING');
      return runs.every(({ run: before }) => before?.id !== run?.id);
    }, `${name} runs again`);
    const { data } = await ask<{ app: { logs: { nodes: { text: string }[] } } }>(
      url,
      'query ($by: AppRef!) { app(by: $by) { logs(last: 50) { nodes { text } } } }',
      { by: { name } },
    );
    expect(data.app.logs.nodes.filter(({ text }) => text === `/line-of-${name}`)).toHaveLength(1);
  }
  const { data } = await ask<{ events: { nodes: { __typename: string }[] } }>(
    url,
    '{ events(last: 200) { nodes { __typename } } }',
  );
  expect(data.events.nodes.filter(({ __typename }) => __typename === 'RunEndedEvent')).toHaveLength(
    APPS.length,
  );
}, 90_000);
