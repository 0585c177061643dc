import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { isRunning, makePlane, type Plane, type RunNow } from './plane.ts';

async function ran(plane: Plane): Promise<RunNow> {
  const { run } = await plane.appThat('web', 'runs', isRunning);
  if (!run) throw new Error('it has no run');
  return run;
}

test('B-26: the log of a recovered run goes on: what was printed meanwhile, and what is printed from now on', async () => {
  const plane = await makePlane();
  await plane.addApp('web', { script: program('serve') });
  await plane.start();
  const { url } = await plane.appThat('web', 'runs', isRunning);
  await fetch(`${url}/print?text=before`);
  const before = await plane.waitForLine('web', 'before');
  await plane.kill();
  await fetch(`${url}/print?text=meanwhile`);
  await plane.start();
  await fetch(`${url}/print?text=after`);
  const after = await plane.waitForLine('web', 'after');
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.slice(before.length).map(({ text }) => text)).toEqual(['meanwhile', 'after']);
});

test('B-26: the last words of an app that ended while nobody looked are in its log', async () => {
  const plane = await makePlane();
  await plane.addApp('web', { script: program('serve') });
  await plane.start();
  const { url, run } = await plane.appThat('web', 'runs', isRunning);
  await plane.kill();
  await fetch(`${url}/print?text=last%20words`);
  process.kill(run?.pid ?? 0, 'SIGTERM');
  await plane.start();
  const lines = await plane.waitForLine('web', 'last words');
  expect(lines.map(({ text }) => text)).toContain('Exited with code 143');
});

test('B-26: what was written to a log right behind the end of its run, and right before the kill, is not lost', async () => {
  const plane = await makePlane();
  await plane.addApp('web', { script: program('serve') });
  await plane.start();
  const run = await ran(plane);
  await plane.command('stopApp', 'web', ', wait: true');
  const before = await plane.waitForLine('web', 'Stopped');
  await plane.kill();
  await appendFile(join(plane.runDirectory(run), 'supervisor.log'), 'not marked yet\n');
  await plane.start();
  const after = await plane.waitForLine('web', 'not marked yet');
  expect(after.slice(0, -1)).toEqual(before);
});
