import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { isAlive } from '../support/marked-processes.ts';
import { appIn, appProcesses, ask, makeDataDir, type ServeProcess, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

/** Sends a signal, and waits until the server has told that it heard it. */
async function tell(server: ServeProcess, signal: NodeJS.Signals): Promise<void> {
  server.child.kill(signal);
  await until(() => server.stderr().includes(signal), `the server has heard ${signal}`);
}

test('A21: an app that ignores SIGTERM is killed after the grace, and the code is 1', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'deaf', { program: 'deaf.mjs' });
  const server = await serve({ dataDir: path, env: { TOEHOLD_STOP_GRACE: '300ms' } });
  const url = await server.ready();
  await appIn(url, 'deaf', 'RUNNING');
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 1, signal: null });
  expect(server.stderr()).toContain('🐾 [deaf] Shutdown timeout, sending SIGKILL...');
  expect(await appProcesses(appsDir)).toEqual([]);
});

test('A21: a second signal right behind the first changes nothing: the app gets its whole grace', async () => {
  const { path, appsDir } = await makeDataDir();
  const directory = await writeAppFolder(appsDir, 'thorough', { program: 'thorough.mjs' });
  const server = await serve({ dataDir: path });
  const url = await server.ready();
  await appIn(url, 'thorough', 'RUNNING');
  await tell(server, 'SIGINT');
  server.child.kill('SIGINT');
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
  await access(join(directory, 'finished'));
});

test('A21: a second signal a second later ends it at once', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'deaf', { program: 'deaf.mjs' });
  const server = await serve({ dataDir: path, env: { TOEHOLD_STOP_GRACE: '1h' } });
  const url = await server.ready();
  await appIn(url, 'deaf', 'RUNNING');
  await tell(server, 'SIGTERM');
  // Sent again and again, as a person would press: only one that comes a second after the first counts.
  const again = setInterval(() => server.child.kill('SIGTERM'), 100);
  try {
    expect(await server.ended).toEqual({ code: 1, signal: null });
  } finally {
    clearInterval(again);
  }
  expect(await appProcesses(appsDir)).toEqual([]);
});

test('A21: with detach the apps run on, and the next start takes them back', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const first = await serve({ dataDir: path, args: ['--on-exit', 'detach'] });
  const before = await appIn(await first.ready(), 'web', 'RUNNING');
  first.child.kill('SIGTERM');
  expect(await first.ended).toEqual({ code: 0, signal: null });
  expect(isAlive(before.run?.pid ?? 0)).toBe(true);

  const second = await serve({ dataDir: path });
  const after = await appIn(await second.ready(), 'web', 'RUNNING');
  expect(after.run).toEqual({ ...before.run, recoveries: 1 });
});

test('A21: SIGHUP ends nothing', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const server = await serve({ dataDir: path });
  const url = await server.ready();
  const { run } = await appIn(url, 'web', 'RUNNING');
  server.child.kill('SIGHUP');
  // Signals are handled in the order of their numbers, SIGHUP first: what ends it is the other one.
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(isAlive(run?.pid ?? 0)).toBe(false);
});

test('A21: closed standard output and error end nothing', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const server = await serve({ dataDir: path });
  const url = await server.ready();
  const { url: appUrl } = await appIn(url, 'web', 'RUNNING');
  server.child.stdout.destroy();
  server.child.stderr.destroy();
  // Each of these has the supervisor print a line.
  for (const name of ['stopApp', 'startApp', 'restartApp']) {
    const mutation = `mutation { done: ${name}(input: { app: { name: "web" }, wait: true }) { __typename } }`;
    const { data } = await ask<{ done: { __typename: string } }>(url, mutation);
    expect(data.done.__typename).toMatch(/Success$/);
  }
  expect((await fetch(appUrl ?? '')).status).toBe(200);
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
});

test('A21: a signal during the start ends it too, with no app left', async () => {
  const { path, appsDir } = await makeDataDir();
  for (let number = 0; number < 8; number += 1) await writeAppFolder(appsDir, `app-${number}`, {});
  const server = await serve({ dataDir: path });
  await until(() => server.stderr().includes('Starting on port'), 'the first app is started');
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
  expect(await appProcesses(appsDir)).toEqual([]);
});
