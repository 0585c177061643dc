import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { takeShutdownRequest, writeShutdownRequest } from '../../../src/cli/servers/state-files.ts';
import { writeAppFolder } from '../../support/app-folder.ts';
import { appIn, appProcesses, makeDataDir, serve } from '../../support/serve.ts';
import { run } from '../servers/running.ts';

test('shutdown --stop and --detach override the configured TOEHOLD_ON_EXIT once', {
  timeout: 60_000,
}, async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const env = { DATA_DIR: path };

  const first = await serve({ dataDir: path, env: { TOEHOLD_ON_EXIT: 'stop' } });
  await appIn(await first.ready(), 'web', 'RUNNING');
  const detached = await run(['shutdown', '--detach'], env);
  expect(detached).toMatchObject({
    code: 0,
    stdout: `The server of ${path} has ended; its apps keep running\n`,
  });
  expect(await first.ended).toEqual({ code: 0, signal: null });
  expect(await appProcesses(appsDir)).not.toEqual([]);

  const second = await serve({ dataDir: path, env: { TOEHOLD_ON_EXIT: 'detach' } });
  const web = await appIn(await second.ready(), 'web', 'RUNNING');
  expect(web.run?.recoveries).toBe(1);
  const stopped = await run(['shutdown', '--stop', '--json'], env);
  expect(JSON.parse(stopped.stdout)).toEqual({ dataDir: path, pid: second.pid, onExit: 'stop' });
  expect(await second.ended).toEqual({ code: 0, signal: null });
  expect(await appProcesses(appsDir)).toEqual([]);

  const [none, both] = await Promise.all([
    run(['shutdown'], env),
    run(['shutdown', '--stop', '--detach'], env),
  ]);
  expect([none.code, both.code]).toEqual([3, 2]);
});

test('a request is valid for one server and a short time', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'toehold-wish-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const wish = { onExit: 'detach', instanceId: 'this', at: 100_000 } as const;
  const left = async (instance: string, now: number) => {
    await writeShutdownRequest(directory, wish);
    return takeShutdownRequest(directory, instance, now);
  };
  expect(takeShutdownRequest(directory, 'this', 100_000)).toBeNull();
  expect(await left('another', 100_000)).toBeNull();
  expect(await left('this', 110_001)).toBeNull();
  expect(await left('this', 100_500)).toBe('detach');
  // A request is used once.
  expect(takeShutdownRequest(directory, 'this', 100_500)).toBeNull();
});
