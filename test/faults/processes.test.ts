import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { listeningPorts, lives, sharedServer } from '../support/whole-server.ts';

const server = sharedServer({ ports: 60, env: { TOEHOLD_STOP_GRACE: '700ms' } });

const WORKER = { port: false };
const stop = (name: string) => server().command('stopApp', name);

describe('A15: a script whose exit 0 hides a crash', () => {
  test.each([
    ['piped', `${program('serve')} | cat`],
    ['or-true', `${program('serve')} || true`],
    ['then-echo', `${program('serve')}; echo done`],
  ])('%s: it is not stopped in silence, and `always` restarts it', async (name, script) => {
    const { addApp, waitForApp, waitForState, command } = server();
    const crash = async (app: string) => {
      const { url, run } = await waitForState(app, 'RUNNING');
      await fetch(`${url}/exit/1`);
      return run?.id;
    };
    await addApp(name, { script });
    await crash(name);
    const { desiredState, error } = await waitForApp(name, 'has ended', ({ state }) => state === 'STOPPED');
    expect(desiredState).toBe('RUNNING');
    expect(error).toBe('It ended by itself with code 0; it is not started again (toes.restart: on-failure)');
    await command('removeApp', name);
    await addApp(`${name}-always`, { script, toes: { restart: 'always' } });
    const first = await crash(`${name}-always`);
    await waitForApp(
      `${name}-always`,
      'runs anew',
      ({ run, state }) => state === 'RUNNING' && run?.id !== first,
    );
    await command('removeApp', `${name}-always`);
  });
});

describe('a stop ends everything', () => {
  test('B-1, A13: an app that ignores SIGTERM is killed after the grace, and STOPPED only then', async () => {
    const { addApp, waitForState, runs, lines, states } = server();
    await addApp('deaf', { script: program('serve', '--on-term', 'ignore') });
    const { run, port } = await waitForState('deaf', 'RUNNING');
    expect((await stop('deaf')).__typename).toBe('StopAppSuccess');
    expect(lives(run?.pid)).toBe(false);
    expect(await listeningPorts()).not.toContain(port?.port);
    expect((await runs('deaf'))[0]?.exit).toEqual({
      ...{ code: null, signal: 'SIGKILL', reason: 'KILLED' },
    });
    expect((await lines('deaf')).slice(-3)).toEqual([
      'Stopping...',
      'Shutdown timeout, sending SIGKILL...',
      'Killed, status unknown',
    ]);
    expect(await states('deaf')).toEqual(['STARTING', 'RUNNING', 'STOPPING', 'STOPPED']);
  });

  test('B-1: a shell that ignores SIGTERM, and so do its children', async () => {
    const { addApp, waitForState, waitForLine, runs } = server();
    await addApp('deaf-shell', {
      script: "trap '' TERM; echo set; while :; do sleep 100; done",
      toes: WORKER,
    });
    await waitForState('deaf-shell', 'RUNNING');
    await waitForLine('deaf-shell', 'set');
    await stop('deaf-shell');
    expect((await runs('deaf-shell'))[0]?.exit?.reason).toBe('KILLED');
  });

  test('B-2, A13: a grandchild in a session of its own, where the leader ends at once', async () => {
    const { addApp, waitForLine, runs } = server();
    await addApp('parent', {
      script: program('grandchild', '--session', '--', 'idle', 'ignore'),
      toes: WORKER,
    });
    const lines = await waitForLine('parent', 'ready');
    const child = Number(lines.find((line) => line.startsWith('child '))?.split(' ')[1]);
    expect(lives(child)).toBe(true);
    expect((await stop('parent')).__typename).toBe('StopAppSuccess');
    expect(lives(child)).toBe(false);
    expect((await runs('parent'))[0]?.exit).toMatchObject({ code: 0, reason: 'KILLED' });
  });

  test('B-2: what a leader leaves behind when it ends by itself goes too', async () => {
    const { addApp, waitForLine, waitForState, runs } = server();
    await addApp('leaver', { script: program('grandchild', '--exit', '0', '--', 'idle'), toes: WORKER });
    const lines = await waitForLine('leaver', /^child /);
    const child = Number(lines.find((line) => line.startsWith('child '))?.split(' ')[1]);
    await waitForState('leaver', 'STOPPED');
    expect(lives(child)).toBe(false);
    expect((await runs('leaver'))[0]?.exit).toMatchObject({ code: 0, reason: 'EXITED' });
  });

  test('A13: an app that runs away, from session to session', async () => {
    const { addApp, waitForState, waitForLine, processes, states } = server();
    const before = (await processes()).length;
    await addApp('roamer', { script: program('roam', 60), toes: WORKER });
    await waitForLine('roamer', 'roams');
    await waitForState('roamer', 'STOPPED');
    expect((await states('roamer')).slice(-2)).toEqual(['STOPPING', 'STOPPED']);
    expect((await processes()).length).toBeLessThanOrEqual(before);
  });

  test('A13: a shell that forks without end', async () => {
    const { addApp, waitForState, waitForLine, ask } = server();
    // At most some 200 at a time: each lives for a second.
    await addApp('forker', {
      script: "echo forks; trap '' TERM; while :; do (trap '' TERM; sleep 1) & sleep 0.005; done",
      toes: WORKER,
    });
    await waitForState('forker', 'RUNNING');
    await waitForLine('forker', 'forks');
    const { app } = await ask<{ app: { usage: { processes: number } } }>(
      '{ app(by: { name: "forker" }) { usage { processes } } }',
    );
    expect(app.usage.processes).toBeGreaterThan(1);
    expect((await stop('forker')).__typename).toBe('StopAppSuccess');
  });

  test('an app that kills its shim goes on, is stopped whole, and its status is unknown', async () => {
    const { addApp, waitForState, runs, lines } = server();
    await addApp('parricide', { script: `kill -9 $PPID; exec ${program('serve')}` });
    const { run } = await waitForState('parricide', 'RUNNING');
    expect(run?.pid).not.toBe(null);
    await stop('parricide');
    expect(lives(run?.pid)).toBe(false);
    expect((await runs('parricide')).length).toBe(1);
    expect((await lines('parricide')).at(-1)).toBe('Killed, status unknown');
  });

  test('an app in a new session that closes every file is an app like any other', async () => {
    const { addApp, waitForState, app } = server();
    await addApp('daemon', { script: `exec setsid ${program('serve', '--close-stdout')} <&- >&- 2>&-` });
    const { run, port } = await waitForState('daemon', 'RUNNING');
    expect(run).not.toBe(null);
    expect(await listeningPorts()).toContain(port?.port);
    await stop('daemon');
    expect((await app('daemon'))?.state).toBe('STOPPED');
    expect(await listeningPorts()).not.toContain(port?.port);
  });
});

describe('A14: an end tells how it was', () => {
  test.for([
    ['exits 3', 'exit 3', 'Exited with code 3', 3, null],
    ['is not found', 'no-such-program-at-all', 'Exited with code 127', 127, null],
    ['is not executable', './package.json', 'Exited with code 126', 126, null],
    ['is no sh', 'if then (', 'Exited with code 2', 2, null],
    ['has an open quote', 'echo "', 'Exited with code 2', 2, null],
    ['kills itself', 'kill -9 $$', 'Exited with code 137', 137, 'SIGKILL'],
    ['ends itself by SIGTERM', 'kill -TERM $$; sleep 1', 'Exited with code 143', 143, 'SIGTERM'],
    ['crashes', 'kill -SEGV $$', 'Exited with code 139', 139, 'SIGSEGV'],
  ] as const)('a script that %s is restarted with backoff', async ([title, script, line, code, signal]) => {
    const { addApp, waitForApp, waitForLine, runs } = server();
    const name = title.toLowerCase().replaceAll(/[^a-z]+/g, '-');
    await addApp(name, { script });
    const lines = await waitForLine(name, 'Scheduling restart in 0.4s (attempt 3)...');
    const own = lines.filter((text) => !text.startsWith('sh: ') && !text.startsWith('/bin/sh: '));
    expect(own[0]).toMatch(/^Starting on port \d+\.\.\.$/);
    expect(own.filter((text) => !text.startsWith('Starting on port')).slice(0, 7)).toEqual([
      line,
      'Scheduling restart in 0.1s (attempt 1)...',
      'Restarting...',
      line,
      'Scheduling restart in 0.2s (attempt 2)...',
      'Restarting...',
      line,
    ]);
    expect((await runs(name)).at(-1)?.exit).toEqual({ code, signal, reason: 'EXITED' });
    // It has no error while an attempt is under way.
    await waitForApp(name, 'says how it ended', ({ error }) => /before it was ready/.test(error ?? ''));
    await stop(name);
  });

  test('A15: a script that exits 0 at once is not restarted, and is wanted at the next boot', async () => {
    const { addApp, waitForApp, runs, lines } = server();
    await addApp('done', { script: 'echo done' });
    const app = await waitForApp('done', 'has run', ({ state }) => state === 'STOPPED');
    expect(app.desiredState).toBe('RUNNING');
    expect(await runs('done')).toMatchObject([{ exit: { code: 0, signal: null, reason: 'EXITED' } }]);
    expect(await lines('done')).toEqual([expect.stringMatching(/^Starting on port/), 'done', 'Stopped']);
  });

  test('any code within the grace of a stop is "Stopped"', async () => {
    const { addApp, waitForState, lines, runs } = server();
    await addApp('seven', { script: program('serve', '--on-term', 7) });
    await waitForState('seven', 'RUNNING');
    await stop('seven');
    expect((await lines('seven')).at(-1)).toBe('Stopped');
    expect((await runs('seven'))[0]?.exit).toMatchObject({ code: 7, reason: 'STOPPED' });
  });

  test('a crash of a running app is restarted, with a new pid', async () => {
    const { addApp, waitForApp, waitForState, states } = server();
    await addApp('crasher', { script: program('serve') });
    const { run, url } = await waitForState('crasher', 'RUNNING');
    await fetch(`${url}/exit/5`).then((response) => response.text());
    await waitForApp('crasher', 'runs again', (app) => app.state === 'RUNNING' && app.run?.pid !== run?.pid);
    expect(await states('crasher')).toEqual(['STARTING', 'RUNNING', 'BACKOFF', 'STARTING', 'RUNNING']);
  });
});

describe('the directory of a running app', () => {
  test('B-22: `rm -rf` stops it, and it is listed no more; back again, it is the same app', async () => {
    const { addApp, appsDir, waitForState, app } = server();
    await addApp('wiped', { script: program('serve') });
    const before = await waitForState('wiped', 'RUNNING');
    await rm(join(appsDir, 'wiped'), { recursive: true });
    await until(async () => (await app('wiped')) === null, 'it is listed no more');
    expect(lives(before.run?.pid)).toBe(false);
    await addApp('wiped', { script: program('serve') });
    const after = await waitForState('wiped', 'RUNNING');
    expect([after.id, after.port]).toEqual([before.id, before.port]);
  });

  test('B-22: moved within APPS_DIR it is a rename: the process runs on', async () => {
    const { addApp, appsDir, waitForState, app } = server();
    await addApp('old-name', { script: program('serve') });
    const before = await waitForState('old-name', 'RUNNING');
    await rename(join(appsDir, 'old-name'), join(appsDir, 'new-name'));
    const after = await waitForState('new-name', 'RUNNING');
    expect({ ...after, name: 'old-name' }).toEqual(before);
    expect(await app('old-name')).toBe(null);
  });

  test('B-22: `rm -rf` of its release, behind `current`: INVALID when nobody is left', async () => {
    const { appsDir, waitForState } = server();
    const app = join(appsDir, 'versioned');
    const release = join(app, '20260101-000000');
    await mkdir(release, { recursive: true });
    await writeFile(join(release, 'package.json'), JSON.stringify({ scripts: { toes: program('serve') } }));
    await symlink('20260101-000000', join(app, 'current'));
    const { run } = await waitForState('versioned', 'RUNNING');
    await rm(release, { recursive: true });
    expect((await waitForState('versioned', 'INVALID')).error).toBe('Missing package.json');
    expect(lives(run?.pid)).toBe(false);
    // It comes back as soon as it is whole again.
    await mkdir(release);
    await writeFile(join(release, 'package.json'), JSON.stringify({ scripts: { toes: program('serve') } }));
    await waitForState('versioned', 'RUNNING');
  });

  test('B-7: a cwd that may not be entered is the app’s error', async () => {
    const { addApp, waitForState, app } = server();
    const directory = await addApp('locked', { script: program('serve') });
    await waitForState('locked', 'RUNNING');
    await stop('locked');
    await chmod(directory, 0o000);
    try {
      // Root may enter it all the same; for everybody else it is an error of the app, and never of the server.
      await server().command('startApp', 'locked');
      expect(['RUNNING', 'BACKOFF', 'INVALID']).toContain((await app('locked'))?.state);
    } finally {
      await chmod(directory, 0o755);
    }
  });

  test('B-10: late ends of old runs change nothing of the new one', async () => {
    const { addApp, waitForState, command, app, runs } = server();
    await addApp('hasty', { script: program('serve', '--on-term', 'ignore') });
    const { run } = await waitForState('hasty', 'RUNNING');
    const restarted = command('restartApp', 'hasty');
    expect((await restarted).__typename).toBe('RestartAppSuccess');
    const after = await app('hasty');
    expect(after?.state).toBe('RUNNING');
    expect(after?.run?.id).not.toBe(run?.id);
    expect((await runs('hasty')).map(({ exit }) => exit?.reason ?? null)).toEqual([null, 'KILLED']);
  });
});
