import { execFileSync, spawnSync } from 'node:child_process';
import { readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { program } from '../support/programs.ts';
import { appIn, appProcesses, ask, makeDataDir, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

const WORKER = { port: false };

interface Outcome {
  readonly done: { readonly __typename: string; readonly message?: string };
}

async function command(url: string, mutation: string, name: string): Promise<Outcome['done']> {
  const text = `mutation { done: ${mutation}(input: { app: { name: "${name}" }, wait: true }) {
    __typename ... on Error { message }
  } }`;
  return (await ask<Outcome>(url, text)).data.done;
}

describe('the state directory', () => {
  test('is removed under a running server: apps run on, commands are answered, a shutdown ends it all', async () => {
    const { path, appsDir } = await makeDataDir();
    await writeAppFolder(appsDir, 'web', { script: program('serve') });
    await writeAppFolder(appsDir, 'counter', { script: program('count', 1, 20), toes: WORKER });
    const server = await serve({ dataDir: path, env: { TOEHOLD_STOP_GRACE: '2s' } });
    const url = await server.ready();
    const before = await appIn(url, 'web', 'RUNNING');
    await appIn(url, 'counter', 'RUNNING');
    await rm(join(path, '.toehold'), { recursive: true });

    expect(await appIn(url, 'web', 'RUNNING')).toEqual(before);
    for (const mutation of ['restartApp', 'stopApp', 'startApp']) {
      expect((await command(url, mutation, 'counter')).__typename, mutation).toMatch(/Success$|Error$/);
    }
    expect((await fetch(before.url ?? '', { headers: { connection: 'close' } })).status).toBe(200);
    expect((await fetch(new URL('/healthz', url), { headers: { connection: 'close' } })).status).toBe(200);
    await ask(
      url,
      '{ apps { nodes { name state logs(last: 10) { nodes { text } } runs { nodes { id } } } } }',
    );
    server.child.kill('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });

    // The next one begins anew: it knows no run, and no process of the old ones is left.
    const second = await serve({ dataDir: path });
    await appIn(await second.ready(), 'web', 'RUNNING');
    second.child.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
  });
});

/** Only root may mount. */
const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;

describe.skipIf(!canMount)('a full disk', () => {
  test('under .toehold: apps run on, commands say so, nothing half done; with room again all is well', async () => {
    const { path, appsDir } = await makeDataDir();
    const stateDir = join(path, '.toehold');
    execFileSync('mkdir', ['-m', '700', stateDir]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', stateDir]);
    onTestFinished(() => void spawnSync('umount', ['-l', stateDir]));
    await writeAppFolder(appsDir, 'web', { script: program('serve') });
    await writeAppFolder(appsDir, 'deaf', { script: program('idle', 'ignore'), toes: WORKER });
    await writeAppFolder(appsDir, 'resting', { script: program('serve') });
    const server = await serve({ dataDir: path, env: { TOEHOLD_STOP_GRACE: '500ms' } });
    const url = await server.ready();
    const before = await appIn(url, 'web', 'RUNNING');
    await appIn(url, 'resting', 'RUNNING');
    await command(url, 'stopApp', 'resting');
    await appIn(url, 'deaf', 'RUNNING');
    await fill(stateDir);

    // Some page may still fit; soon none does.
    let answers: Outcome['done'][] = [];
    await until(async () => {
      answers = [await command(url, 'startApp', 'resting'), await command(url, 'stopApp', 'resting')];
      return answers.some(({ __typename }) => __typename === 'OperationFailedError');
    }, 'the database refuses');
    expect(answers.find(({ __typename }) => __typename === 'OperationFailedError')?.message).toMatch(
      /^Nothing has changed: /,
    );
    expect(await appIn(url, 'web', 'RUNNING')).toEqual(before);
    expect((await fetch(before.url ?? '', { headers: { connection: 'close' } })).status).toBe(200);
    await ask(url, '{ apps { nodes { name state logs(last: 10) { nodes { text } } } } }');

    await rm(join(stateDir, 'filler'));
    await until(
      async () => (await command(url, 'startApp', 'resting')).__typename === 'StartAppSuccess',
      'it is well again',
      20_000,
    );
    await appIn(url, 'resting', 'RUNNING');
    server.child.kill('SIGTERM');
    await server.ended;
  });

  test('a shutdown on it ends the apps all the same, and the next start goes on from there', async () => {
    const { path, appsDir } = await makeDataDir();
    const stateDir = join(path, '.toehold');
    execFileSync('mkdir', ['-m', '700', stateDir]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', stateDir]);
    onTestFinished(() => void spawnSync('umount', ['-l', stateDir]));
    await writeAppFolder(appsDir, 'web', { script: program('serve') });
    await writeAppFolder(appsDir, 'deaf', { script: program('idle', 'ignore'), toes: WORKER });
    const server = await serve({ dataDir: path, env: { TOEHOLD_STOP_GRACE: '500ms' } });
    const url = await server.ready();
    const { run } = await appIn(url, 'web', 'RUNNING');
    await appIn(url, 'deaf', 'RUNNING');
    await fill(stateDir);
    server.child.kill('SIGTERM');
    await server.ended;
    expect(await appProcesses(appsDir)).toEqual([]);
    await rm(join(stateDir, 'filler'));
    const second = await serve({ dataDir: path, env: { TOEHOLD_STOP_GRACE: '500ms' } });
    const again = await appIn(await second.ready(), 'web', 'RUNNING');
    expect(again.run?.pid).not.toBe(run?.pid);
    second.child.kill('SIGTERM');
    await second.ended;
  });
});

/** Until not a byte more fits. */
async function fill(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  await writeFile(join(directory, 'filler'), Buffer.alloc(bavail * bsize)).catch(() => {});
  for (let tries = 0; tries < 4; tries += 1) {
    await writeFile(join(directory, 'filler'), Buffer.alloc(4_096), { flag: 'a' }).catch(() => {});
  }
  expect(await readdir(directory)).toContain('filler');
}
