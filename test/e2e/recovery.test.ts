import { expect, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { appIn, appProcesses, ask, makeDataDir, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

interface Lines {
  readonly app: {
    readonly logs: { readonly nodes: readonly { readonly cursor: string; readonly text: string }[] };
  };
}

const LOGS = '{ app(by: { name: "web" }) { logs(last: 100) { nodes { cursor text } } } }';

test('B-3: kill -9 of the server, and a new start: the app keeps its pid, its port, its run and its log', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const first = await serve({ dataDir: path });
  const firstUrl = await first.ready();
  const before = await appIn(firstUrl, 'web', 'RUNNING');
  const linesBefore = (await ask<Lines>(firstUrl, LOGS)).data.app.logs.nodes;
  first.child.kill('SIGKILL');
  await first.ended;
  // What the app prints while nobody looks is not lost.
  await fetch(`http://127.0.0.1:${new URL(before.url ?? '').port}/while-nobody-looked`);

  const second = await serve({ dataDir: path });
  const secondUrl = await second.ready();
  const after = await appIn(secondUrl, 'web', 'RUNNING');
  expect(after).toEqual({ ...before, run: { ...before.run, recoveries: 1 } });
  const lines = await until(async () => {
    const { nodes } = (await ask<Lines>(secondUrl, LOGS)).data.app.logs;
    return nodes.some(({ text }) => text === 'asked for /while-nobody-looked') ? nodes : undefined;
  }, 'the line is in the log');
  expect(lines.map(({ text }) => text)).toEqual(expect.arrayContaining(linesBefore.map(({ text }) => text)));
  expect(lines.filter(({ text }) => text === 'asked for /while-nobody-looked')).toHaveLength(1);

  second.child.kill('SIGTERM');
  expect(await second.ended).toEqual({ code: 0, signal: null });
  expect(await appProcesses(appsDir)).toEqual([]);
});

test('A13: an app that was stopped stays so over a restart of the server', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const first = await serve({ dataDir: path });
  const url = await first.ready();
  await appIn(url, 'web', 'RUNNING');
  await ask(url, 'mutation { stopApp(input: { app: { name: "web" }, wait: true }) { __typename } }');
  first.child.kill('SIGKILL');
  await first.ended;

  const second = await serve({ dataDir: path });
  await appIn(await second.ready(), 'web', 'STOPPED');
  expect(await appProcesses(appsDir)).toEqual([]);
});
