import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { isRunning, makePlane, type Plane } from './plane.ts';
import { exitOf, killGroup, runOf } from './processes.ts';

const WORKER = { script: 'sleep 600', toes: { port: false } };

/** A file system of eighty megabytes; null where this user may not mount one. */
function smallDisk(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const directory = mkdtempSync(join(tmpdir(), 'toehold-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m,mode=0700', 'tmpfs', directory], {
      stdio: 'ignore',
    });
  } catch {
    rmSync(directory, { recursive: true });
    return null;
  }
  onTestFinished(() => {
    // Lazily: what was killed may hold it for a moment more.
    execFileSync('umount', ['-l', directory]);
    rmSync(directory, { recursive: true });
  });
  return directory;
}

/** Takes the last byte of the disk. */
function fill(directory: string): void {
  const file = openSync(join(directory, 'filler'), 'a');
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    try {
      for (;;) if (writeSync(file, Buffer.alloc(size)) < size) break;
    } catch {
      // A smaller piece may still fit.
    }
  }
  closeSync(file);
}

/** Asks for changes until one is refused, and answers how: the log of the database may have had room left. */
function refusal(plane: Plane, disk: string): Promise<string> {
  return until(async () => {
    for (const mutation of ['stopApp', 'startApp']) {
      fill(disk);
      const answer = await plane.command(mutation, 'other');
      if (!answer.endsWith('Success')) return answer;
    }
    return undefined;
  }, 'a command is refused');
}

test('B-3: on a full disk commands are refused, no app is ended, and all is well when there is room', async ({
  skip,
}) => {
  const disk = smallDisk();
  if (!disk) return skip('no file system can be mounted here');
  const plane = await makePlane({}, disk);
  await plane.addApp('web', { script: program('serve') });
  await plane.addApp('other', WORKER);
  await plane.start();
  const web = await plane.appThat('web', 'runs', isRunning);
  await runOf(plane, 'other');
  expect(await refusal(plane, disk)).toMatch(
    /^OPERATION_FAILED: Nothing has changed: .*database or disk is full/,
  );
  expect((await plane.app('web')).run).toEqual(web.run);
  expect(await (await fetch(`${web.url}/pid`)).text()).toBe(String(web.run?.pid));
  // What happens now cannot be kept, and is not forgotten.
  await fetch(`${web.url}/exit/4`).catch(() => null);
  rmSync(join(disk, 'filler'));
  const again = await plane.appThat(
    'web',
    'runs again',
    (app) => isRunning(app) && app.run?.id !== web.run?.id,
  );
  expect(exitOf(again, web.run)).toEqual({ code: 4, signal: null, reason: 'EXITED' });
  await until(
    async () => (await plane.command('startApp', 'other')).endsWith('Success'),
    'a command is taken',
  );
  await plane.appThat('other', 'runs', isRunning);
  expect(await plane.end()).toBe(0);
});

// Not even the lock can be taken; the database can be opened; some changes can be made.
test.for([0, 12, 80, 160])(
  'B-3: killed on a full disk, and started with %s KiB free: it tells, or works; no app notices',
  async (room, { skip }) => {
    const disk = smallDisk();
    if (!disk) return skip('no file system can be mounted here');
    const plane = await makePlane({}, disk);
    await plane.addApp('web', { script: program('serve') });
    await plane.addApp('ended', WORKER);
    await plane.start();
    const web = await plane.appThat('web', 'runs', isRunning);
    const ended = await runOf(plane, 'ended');
    await plane.kill();
    await killGroup(plane, ended);
    fill(disk);
    const filler = join(disk, 'filler');
    truncateSync(filler, statSync(filler).size - room * 1024);
    const refused = await plane.start().then(
      () => null,
      (error: Error) => error.message,
    );
    if (refused !== null) {
      expect(refused).toMatch(/cannot be (written|opened).*the disk is full. Make room, then start again/);
      expect((await plane.process.ended).code).toBe(2);
    }
    expect(await (await fetch(`${web.url}/pid`)).text()).toBe(String(web.run?.pid));
    rmSync(filler);
    if (refused !== null) await plane.start();
    const after = await plane.appThat('web', 'is recovered', ({ run }) => run?.recoveries === 1);
    expect(after.run).toEqual({ ...web.run, recoveries: 1 });
    const again = await plane.appThat(
      'ended',
      'runs again',
      (app) => isRunning(app) && app.run?.id !== ended.id,
    );
    expect(exitOf(again, ended)).toMatchObject({ reason: 'LOST' });
    expect(await plane.end()).toBe(0);
  },
);
