import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { isRunning, makePlane } from './plane.ts';
import { exitOf, mains, runOf } from './processes.ts';

test('A21: with detach every app goes on as it was, whatever it was doing, and the next start takes it back', async () => {
  const plane = await makePlane({ TOEHOLD_ON_EXIT: 'detach', TOEHOLD_RESTART_DELAYS: '1h' });
  await plane.addApp('runs', { script: program('serve') });
  const booting = await plane.addApp('boots', {
    script: `until [ -e go ]; do sleep 0.05; done; exec ${program('serve')}`,
  });
  await plane.addApp('ends', { script: program('idle', 'ignore'), toes: { port: false } });
  await plane.addApp('waits', { script: 'exit 3', toes: { port: false } });
  await plane.addApp('rests', { script: program('serve') });
  await plane.start({ TOEHOLD_STOP_GRACE: '1h' });
  const runs = await runOf(plane, 'runs');
  const ends = await runOf(plane, 'ends');
  const boots = await plane.appThat('boots', 'was spawned', ({ run }) => run?.pid != null);
  const waits = await plane.appThat('waits', 'waits', ({ state }) => state === 'BACKOFF');
  await runOf(plane, 'rests');
  await plane.command('stopApp', 'rests', ', wait: true');
  await plane.command('restartApp', 'ends');
  await plane.appThat('ends', 'is being ended', ({ state }) => state === 'STOPPING');
  // It reloads nothing and ends nothing.
  plane.process.child.kill('SIGHUP');
  expect(await plane.end()).toBe(0);

  await plane.start();
  expect(await plane.found()).toEqual({ recoveredRuns: 3, lostRuns: 0 });
  expect((await plane.app('runs')).run).toEqual({ ...runs, recoveries: 1 });
  expect((await plane.app('boots')).run).toEqual({ ...boots.run, recoveries: 1 });
  expect((await plane.app('waits')).runs.nodes[0]).toEqual(waits.runs.nodes[0]);
  expect(await plane.app('rests')).toMatchObject({ state: 'STOPPED', run: null });
  await writeFile(join(booting, 'go'), '');
  await plane.appThat('boots', 'runs', isRunning);
  // The end that was under way goes on, and so does what was to follow it.
  const ended = await plane.appThat('ends', 'runs again', (app) => isRunning(app) && app.run?.id !== ends.id);
  expect(exitOf(ended, ends)).toMatchObject({ reason: 'KILLED' });
  expect(await mains(plane, 'ignore')).toEqual([ended.run?.pid]);
  await plane.end();
});

test('A21: an installation that a detached server leaves is ended by the next one, which installs anew', async () => {
  const plane = await makePlane({ TOEHOLD_ON_EXIT: 'detach' });
  const directory = await plane.addApp('installs', { script: 'sleep 600', toes: { port: false } });
  // npm runs it in the release's directory; it ends when it may.
  const manifest = {
    scripts: { toes: 'sleep 600', preinstall: 'echo began; until [ -e go ]; do sleep 0.05; done' },
    dependencies: { local: 'file:./local' },
    toes: { port: false },
  };
  await plane.addApp('installs/current/local', {});
  await writeFile(join(directory, 'local', 'package.json'), '{"name":"local","version":"1.0.0"}');
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  await plane.start();
  await plane.waitForLine('installs', 'began');
  const { run } = await plane.app('installs');
  expect(await plane.end()).toBe(0);
  expect((await mains(plane, 'preinstall')).length + (await mains(plane, 'install')).length).toBeGreaterThan(
    0,
  );

  await plane.start();
  await until(
    async () => (await plane.lines('installs')).filter(({ text }) => text === 'began').length === 2,
    'it is installed anew',
  );
  await writeFile(join(directory, 'go'), '');
  const now = await plane.appThat('installs', 'runs', isRunning);
  expect(now.run).toMatchObject({ id: run?.id, recoveries: 1 });
  await plane.command('stopApp', 'installs', ', wait: true');
  expect(await mains(plane, 'install')).toEqual([]);
  await plane.end();
});
