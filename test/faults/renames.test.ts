import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { lives, sharedServer } from '../support/whole-server.ts';

const server = sharedServer({ ports: 20 });

const TAKEN = {
  ...{ __typename: 'NameTakenError', code: 'NAME_TAKEN', message: 'An app with that name already exists' },
};

describe('B-11: a rename', () => {
  test('onto another app, a plain directory, a file or a dangling symlink touches nothing', async () => {
    const { addApp, appsDir, rename, waitForState } = server();
    await addApp('first', { script: program('serve') });
    await mkdir(join(appsDir, 'just-a-directory'));
    await writeFile(join(appsDir, 'just-a-file'), 'content');
    await symlink('nowhere', join(appsDir, 'dangling'));
    const before = await waitForState('first', 'RUNNING');
    for (const to of ['bystander', 'just-a-directory', 'just-a-file', 'dangling']) {
      expect(await rename('first', to), to).toEqual(TAKEN);
    }
    expect(await server().app('first')).toEqual(before);
    expect(await readdir(appsDir)).toEqual(
      expect.arrayContaining(['just-a-directory', 'just-a-file', 'first']),
    );
  });

  test('onto itself touches nothing', async () => {
    const { rename, waitForState } = server();
    const before = await waitForState('first', 'RUNNING');
    expect(await rename('first', 'first')).toEqual(TAKEN);
    expect(await server().app('first')).toEqual(before);
  });

  test('of a running app ends its run, keeps id, port, runs and log, and starts it again', async () => {
    const { addApp, rename, waitForState, runs, lines } = server();
    await addApp('before', { script: program('serve') });
    const before = await waitForState('before', 'RUNNING');
    expect((await rename('before', 'after')).__typename).toBe('RenameAppSuccess');
    expect(lives(before.run?.pid)).toBe(false);
    const after = await waitForState('after', 'RUNNING');
    expect([after.id, after.port]).toEqual([before.id, before.port]);
    expect((await runs('after')).map(({ cause }) => cause)).toEqual(['RENAME', expect.any(String)]);
    expect((await lines('after')).filter((line) => line.startsWith('listening on'))).toHaveLength(2);
    expect(await server().app('before')).toBe(null);
  });

  test('while it starts makes no second copy', async () => {
    const { addApp, rename, waitForState, waitForLine, states, processes } = server();
    await addApp('starting', { script: `echo up; ${program('serve', '--delay', 300)}` });
    await waitForLine('starting', 'up');
    expect((await rename('starting', 'started')).__typename).toBe('RenameAppSuccess');
    const app = await waitForState('started', 'RUNNING');
    expect(await states('started')).toEqual(['STARTING', 'STOPPING', 'STOPPED', 'STARTING', 'RUNNING']);
    const { ask } = server();
    const { app: used } = await ask<{ app: { usage: { processes: number } } }>(
      '{ app(by: { name: "started" }) { usage { processes } } }',
    );
    expect(used.usage.processes).toBeLessThanOrEqual(2);
    expect(await processes()).toContain(app.run?.pid);
  });

  test('in backoff keeps the pending restart and its count', async () => {
    const { addApp, rename, waitForApp, waitForLine } = server();
    await addApp('crashing', { script: 'exit 1' });
    await waitForApp(
      'crashing',
      'waits for its third restart',
      ({ restart }) => (restart?.attempt ?? 0) >= 3,
    );
    expect((await rename('crashing', 'crashed')).__typename).toBe('RenameAppSuccess');
    const { restart, state, desiredState } = await waitForApp(
      'crashed',
      'goes on',
      (app) => app.restart !== null,
    );
    expect([state, desiredState]).toEqual(['BACKOFF', 'RUNNING']);
    expect(restart?.attempt).toBeGreaterThanOrEqual(3);
    await waitForLine('crashed', /attempt 5/);
  });

  test('of a stopped app leaves it stopped', async () => {
    const { addApp, rename, waitForState, command, app } = server();
    await addApp('resting', { script: program('serve') });
    await waitForState('resting', 'RUNNING');
    await command('stopApp', 'resting');
    expect((await rename('resting', 'rested')).__typename).toBe('RenameAppSuccess');
    expect(await app('rested')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED', run: null });
  });

  test('and another of the same app, a removal and a start at once: one does it, the others are told', async () => {
    const { addApp, rename, waitForState, command, app } = server();
    await addApp('wanted', { script: program('serve', '--on-term', 'ignore') });
    await waitForState('wanted', 'RUNNING');
    const [first, second, removal, start] = await Promise.all([
      rename('wanted', 'one'),
      rename('wanted', 'two'),
      command('removeApp', 'wanted'),
      command('startApp', 'wanted'),
    ]);
    const done = [first, second, removal].map(({ __typename }) => __typename);
    expect(done.filter((name) => name === 'AppBusyError')).toHaveLength(2);
    const winner = (await app('one')) ? 'one' : 'two';
    if (done[2] === 'RemoveAppSuccess') return;
    expect(start?.__typename).toBe('StartAppSuccess');
    await waitForState(winner, 'RUNNING');
  });
});
