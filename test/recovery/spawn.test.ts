import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { isRunning, makePlane, numberOf, type Plane, type RunNow } from './plane.ts';
import { bootId, bystander, exitOf, gone, killGroup, mains, runOf } from './processes.ts';
import { handleOf, setRun } from './rows.ts';

/** A control plane that was killed while its one app, a worker, ran. */
async function killed(): Promise<{ plane: Plane; run: RunNow }> {
  const plane = await makePlane();
  await plane.addApp('worker', { script: program('idle', 'named', 'worker'), toes: { port: false } });
  await plane.start();
  const run = await runOf(plane, 'worker');
  await plane.kill();
  return { plane, run };
}

async function oneProcess(plane: Plane): Promise<number> {
  const { pid } = await runOf(plane, 'worker');
  expect(await mains(plane, 'worker')).toEqual([pid]);
  return pid ?? 0;
}

test.each(['INSTALLING', 'BOOTING'] as const)(
  'B-3: killed between the commit of %s and the spawn: the same run is started',
  async (phase) => {
    const { plane, run } = await killed();
    await killGroup(plane, run);
    await rm(plane.runDirectory(run), { recursive: true });
    setRun(plane, 'worker', { phase, handle: null, pid: null });
    await plane.start();
    expect(await runOf(plane, 'worker')).toMatchObject({ id: run.id, recoveries: 1 });
    await oneProcess(plane);
  },
);

test('B-3: killed between the spawn and the next commit: the process is taken back', async () => {
  const { plane, run } = await killed();
  setRun(plane, 'worker', { phase: 'BOOTING', handle: null, pid: null });
  await plane.start();
  expect(await runOf(plane, 'worker')).toEqual({ ...run, recoveries: 1 });
  await oneProcess(plane);
});

test('B-3: killed before the shim had told of itself: what it began is ended, and the run started again', async () => {
  const { plane, run } = await killed();
  await rm(join(plane.runDirectory(run), 'pid'));
  // What the shim may leave while it is being ended is not about the script that is started now.
  await writeFile(join(plane.runDirectory(run), 'exit'), '9\n');
  setRun(plane, 'worker', { phase: 'BOOTING', handle: null, pid: null });
  await plane.start();
  expect(await runOf(plane, 'worker')).toMatchObject({ id: run.id, recoveries: 1 });
  const pid = await oneProcess(plane);
  expect(pid).not.toBe(run.pid);
  await gone(run.pid ?? 0);
  await plane.kill();
  await plane.start();
  expect(await oneProcess(plane)).toBe(pid);
  process.kill(pid, 'SIGKILL');
  const again = await plane.appThat(
    'worker',
    'runs again',
    (app) => isRunning(app) && app.run?.id !== run.id,
  );
  expect(exitOf(again, run)).toMatchObject({ code: 137, signal: 'SIGKILL' });
});

test('B-3: a process of a run that the database does not know is ended', async () => {
  const { plane, run } = await killed();
  const claiming = { kind: 'CLAIMING', run: { id: numberOf(run.id), cause: 'BOOT', actor: 'supervisor' } };
  plane.edit(
    `UPDATE apps SET lifecycle = json_set(lifecycle, '$.phase', json(?)) WHERE name = 'worker'`,
    JSON.stringify(claiming),
  );
  plane.edit('DELETE FROM runs');
  await plane.start();
  expect((await runOf(plane, 'worker')).id).not.toBe(run.id);
  expect(await oneProcess(plane)).not.toBe(run.pid);
  await gone(run.pid ?? 0);
});

test('B-3: a record that points to somebody else’s process: it is never signalled', async () => {
  const { plane, run } = await killed();
  const other = await bystander();
  const boot = await bootId();
  await killGroup(plane, run);
  await writeFile(
    join(plane.runDirectory(run), 'pid'),
    `${other.pid}\n${boot}\n${other.stat}\n${other.stat}\n`,
  );
  setRun(plane, 'worker', { phase: 'READY', handle: handleOf(boot, other, other), pid: other.pid });
  await plane.start();
  const now = await plane.appThat('worker', 'runs again', isRunning);
  expect(exitOf(now, run)).toMatchObject({ code: null, reason: 'LOST' });
  await plane.command('stopApp', 'worker', ', wait: true');
  expect(await plane.end()).toBe(0);
  expect(other.isUntouched()).toBe(true);
});

test('B-3: a record that points to somebody else’s process does not hide the run, which is being ended', async () => {
  const { plane, run } = await killed();
  const other = await bystander();
  setRun(plane, 'worker', { phase: 'READY', handle: handleOf(await bootId(), other, other), pid: other.pid });
  await plane.start();
  expect(await plane.app('worker')).toMatchObject({ state: 'RUNNING', run: { id: run.id, recoveries: 1 } });
  expect(await plane.command('stopApp', 'worker', ', wait: true')).toBe('StopAppSuccess');
  await gone(run.pid ?? 0);
  expect(await plane.end()).toBe(0);
  expect(other.isUntouched()).toBe(true);
});

test('A15: after a start of the machine what was wanted runs, nothing is signalled, and old runs are LOST', async () => {
  const plane = await makePlane({ TOEHOLD_RESTART_DELAYS: '1h' });
  const names = ['wanted', 'booting', 'ending', 'resting'];
  for (const name of names) {
    await plane.addApp(name, { script: program('idle', 'named', name), toes: { port: false } });
  }
  await plane.start();
  const runs = new Map(
    await Promise.all(names.map(async (name) => [name, await runOf(plane, name)] as const)),
  );
  await plane.command('stopApp', 'resting', ', wait: true');
  await plane.kill();
  const other = await bystander();
  for (const name of ['wanted', 'booting', 'ending'] as const) {
    const run = runs.get(name);
    if (run) await killGroup(plane, run);
  }
  const handle = handleOf('another-boot', other, other);
  setRun(plane, 'wanted', { handle, pid: other.pid });
  setRun(plane, 'booting', { phase: 'BOOTING', handle, pid: other.pid });
  setRun(plane, 'ending', { phase: 'ENDING', handle, pid: other.pid });
  plane.edit(
    `UPDATE apps SET lifecycle = json_set(lifecycle, '$.phase.why', 'SHUTDOWN', '$.phase.next', json('{"kind":"REST"}'), '$.phase.killed', json('false')) WHERE name = 'ending'`,
  );
  await plane.start();
  for (const name of ['wanted', 'booting', 'ending']) {
    const app = await plane.appThat(name, 'runs', isRunning);
    expect(app.run).toMatchObject({ cause: 'BOOT', recoveries: 0 });
    const reason = name === 'ending' ? 'STOPPED' : 'LOST';
    expect(exitOf(app, runs.get(name) ?? null)).toMatchObject({ code: null, reason });
    expect(await mains(plane, name)).toEqual([app.run?.pid]);
  }
  expect(await plane.app('resting')).toMatchObject({ state: 'STOPPED', run: null });
  expect(other.isUntouched()).toBe(true);
});
