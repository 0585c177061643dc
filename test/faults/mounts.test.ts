import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { lives, startServer } from '../support/whole-server.ts';

const SERVE = { script: program('serve') };
/** Only root may mount. */
const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;

describe.skipIf(!canMount)('an app’s directory that is a mount of its own', () => {
  test('runs; what would move it is refused with the system’s reason, and the app runs on afterwards', async () => {
    const {
      addApp,
      appsDir,
      waitForState,
      rename: renameApp,
      command,
      app,
    } = await startServer({
      before: async (whole) => {
        await mkdir(join(whole.appsDir, 'mounted'));
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', join(whole.appsDir, 'mounted')]);
      },
    });
    // Before the server's own end, as hooks run last to first.
    onTestFinished(() => void spawnSync('umount', ['-l', join(appsDir, 'mounted')]));
    await addApp('mounted', SERVE);
    const before = await waitForState('mounted', 'RUNNING');
    expect(await renameApp('mounted', 'moved')).toMatchObject({
      ...{ __typename: 'OperationFailedError', code: 'RENAME_FAILED' },
      message: expect.stringMatching(/^Failed to rename directory: EBUSY/),
    });
    const after = await waitForState('mounted', 'RUNNING');
    expect([after.id, after.port]).toEqual([before.id, before.port]);
    expect(await app('moved')).toBe(null);
    expect(await command('removeApp', 'mounted')).toMatchObject({
      ...{ __typename: 'OperationFailedError', message: expect.stringContaining('EBUSY') },
    });
    const { run } = await waitForState('mounted', 'RUNNING');
    expect(lives(run?.pid)).toBe(true);
    await command('stopApp', 'mounted');
  });
});

describe.skipIf(!canMount)('A20: APPS_DIR, over which another file system is mounted', () => {
  test('stops no app, and is said until it is gone', async () => {
    const { addApp, appsDir, waitForState, app, url } = await startServer({ bystander: false });
    await addApp('web', SERVE);
    const { run } = await waitForState('web', 'RUNNING');
    const readiness = async () =>
      (await fetch(new URL('/readyz', url), { headers: { connection: 'close' } })).text();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', appsDir]);
    onTestFinished(() => void spawnSync('umount', ['-l', appsDir]));
    const problem = await until(async () => {
      const text = await readiness();
      return text.includes('not ready') && text;
    }, 'it is said');
    expect(problem).toContain('is another file system than before, without 1 of 1 app');
    expect((await app('web'))?.run?.id).toBe(run?.id);
    expect(lives(run?.pid)).toBe(true);
    execFileSync('umount', [appsDir]);
    await until(async () => !(await readiness()).includes('not ready'), 'it is there again');
    expect((await app('web'))?.run?.id).toBe(run?.id);
  });
});

describe('symlinks, where TOEHOLD_ALLOW_OUTSIDE allows them', () => {
  const env = { TOEHOLD_ALLOW_OUTSIDE: 'yes' };

  test('an app’s directory and an outer `current` run, are renamed and removed, and what they lead to stays', async () => {
    const { appsDir, directory, waitForState, rename: renameApp, command, app } = await startServer({ env });
    const outside = join(directory, 'outside', 'app');
    await mkdir(join(outside, 'current'), { recursive: true });
    await writeFile(
      join(outside, 'current', 'package.json'),
      JSON.stringify({ scripts: { toes: program('serve') } }),
    );
    await symlink(outside, join(appsDir, 'linked'));
    await mkdir(join(appsDir, 'leads-out'));
    await symlink(join(outside, 'current'), join(appsDir, 'leads-out', 'current'));
    const linked = await waitForState('linked', 'RUNNING');
    await waitForState('leads-out', 'RUNNING');
    expect((await renameApp('linked', 'renamed')).__typename).toBe('RenameAppSuccess');
    expect((await waitForState('renamed', 'RUNNING')).id).toBe(linked.id);
    expect((await command('removeApp', 'renamed')).__typename).toBe('RemoveAppSuccess');
    expect(await app('renamed')).toBe(null);
    // The other one runs in the same directory, which is still there.
    expect((await app('leads-out'))?.state).toBe('RUNNING');
    await rm(join(directory, 'outside'), { recursive: true });
    expect((await waitForState('leads-out', 'INVALID')).error).toBe('Missing package.json');
  });
});

describe('`current`', () => {
  test('B-19: swapped, again and again, ends with the last release, one copy of it', async () => {
    const { appsDir, waitForApp, runs, ask } = await startServer();
    const app = join(appsDir, 'versioned');
    const releases = ['20260101-000000', '20260102-000000', '20260103-000000'];
    for (const release of releases) {
      await mkdir(join(app, release), { recursive: true });
      await writeFile(
        join(app, release, 'package.json'),
        JSON.stringify({ scripts: { toes: program('serve') } }),
      );
    }
    await symlink(releases[0] ?? '', join(app, 'current'));
    await waitForApp('versioned', 'runs', ({ state }) => state === 'RUNNING');
    for (let swap = 0; swap <= 29; swap += 1) {
      await symlink(releases[(swap + 1) % 3] ?? '', join(app, 'next'));
      await rename(join(app, 'next'), join(app, 'current'));
    }
    const last = releases[30 % 3];
    const seen = await waitForApp(
      'versioned',
      'runs the last one',
      ({ state, release }) => state === 'RUNNING' && release?.name === last,
    );
    expect((await runs('versioned'))[0]?.id).toBe(seen.run?.id);
    const { app: used } = await ask<{ app: { usage: { processes: number } } }>(
      '{ app(by: { name: "versioned" }) { usage { processes } } }',
    );
    expect(used.usage.processes).toBe(1);
  });

  test('B-19, B-20: an app that is made step by step, and edited behind `current`', async () => {
    const { appsDir, waitForApp, waitForState } = await startServer();
    const app = join(appsDir, 'steps');
    await mkdir(app);
    await mkdir(join(app, '20260101-000000'));
    await symlink('20260101-000000', join(app, 'current'));
    await waitForState('steps', 'INVALID');
    await writeFile(join(app, '20260101-000000', 'package.json'), '{"scri');
    await waitForApp('steps', 'tells what is wrong', ({ error }) => error?.startsWith('Invalid JSON'));
    const manifest = { scripts: { toes: program('serve') } };
    await writeFile(join(app, '20260101-000000', 'package.json'), JSON.stringify(manifest));
    await waitForState('steps', 'RUNNING');
    await writeFile(
      join(app, '20260101-000000', 'package.json'),
      JSON.stringify({ ...manifest, toes: { icon: 7 } }),
    );
    await waitForApp('steps', 'has a warning', ({ warnings }) => warnings.length > 0);
    expect((await waitForState('steps', 'RUNNING')).error).toBe(null);
  });
});
