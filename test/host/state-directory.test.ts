import { chmod, mkdir, mkdtemp, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { prepareStateDirectory } from '../../src/host/state-directory.ts';
import { giveAway, isRoot } from '../support/another-account.ts';

let directory: string;
let state: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'toehold-state-')));
  onTestFinished(() => rm(directory, { recursive: true }));
  state = join(directory, '.toehold');
});

const mode = async () => (await stat(state)).mode & 0o7777;

test('is made for its owner alone, and closed where it was open', async () => {
  expect(prepareStateDirectory(state)).toEqual({ ok: true, changes: [] });
  expect(await mode()).toBe(0o700);
  await writeFile(join(state, 'token'), 'x', { mode: 0o600 });
  await chmod(state, 0o755);
  expect(prepareStateDirectory(state)).toEqual({
    ok: true,
    changes: [`${state} was open to others (mode 755): it is closed to them now (0700)`],
  });
  expect(await mode()).toBe(0o700);
});

test.each([0o777, 0o770, 0o1777])(
  'that others could write to is closed where it is empty, else refused: %o',
  async (open) => {
    await mkdir(state);
    await chmod(state, open);
    expect(prepareStateDirectory(state)).toMatchObject({
      ok: true,
      changes: [expect.stringContaining('was open')],
    });
    await writeFile(join(state, 'token'), 'x', { mode: 0o600 });
    await chmod(state, open);
    expect(prepareStateDirectory(state)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/could be written by others .*\n.*chown -R \d+ .* && chmod -R go-rwx /),
    });
    // Nothing was changed: who looks later finds it as it was.
    expect(await mode()).toBe(open);
  },
);

test('in a place where others could replace it, or with a file that they can write, is refused', async () => {
  prepareStateDirectory(state);
  await chmod(directory, 0o777);
  expect(prepareStateDirectory(state)).toMatchObject({
    ok: false,
    message: expect.stringContaining(`chmod go-w ${directory}`),
  });
  await chmod(directory, 0o700);
  await writeFile(join(state, 'toehold.db'), '');
  await chmod(join(state, 'toehold.db'), 0o666);
  expect(prepareStateDirectory(state)).toMatchObject({
    ok: false,
    message: expect.stringContaining('toehold.db can be'),
  });
});

test.runIf(isRoot)('of another account, or with a file of theirs, is refused', async () => {
  prepareStateDirectory(state);
  await writeFile(join(state, 'token'), 'x', { mode: 0o600 });
  giveAway(join(state, 'token'));
  expect(prepareStateDirectory(state)).toMatchObject({
    ok: false,
    message: expect.stringContaining('token belongs to'),
  });
  giveAway(state);
  expect(prepareStateDirectory(state)).toMatchObject({
    ok: false,
    message: expect.stringContaining('.toehold belongs to'),
  });
});

test.runIf(isRoot).each<[string, (run: string) => Promise<void> | void]>([
  ['a run', (run) => giveAway(run)],
  ['a pid file', (run) => giveAway(join(run, 'pid'))],
  ['all runs', (run) => giveAway(dirname(run))],
])('whose files of runs an earlier server made as another user is refused: %s', async (_what, arrange) => {
  const run = join(state, 'runs', '1');
  await mkdir(run, { recursive: true, mode: 0o700 });
  for (const name of ['pid', 'stdout.log']) await writeFile(join(run, name), '', { mode: 0o600 });
  // What an app of another user writes to is that user's.
  giveAway(join(run, 'stdout.log'));
  expect(prepareStateDirectory(state)).toMatchObject({ ok: true });
  await arrange(run);
  expect(prepareStateDirectory(state)).toMatchObject({
    ok: false,
    message: expect.stringMatching(/belongs to another user[\s\S]*chown /),
  });
});

test('with a run’s directory that others may write, or with a link in one, is refused', async () => {
  const run = join(state, 'runs', '1');
  await mkdir(run, { recursive: true, mode: 0o700 });
  await chmod(state, 0o700);
  await chmod(run, 0o777);
  expect(prepareStateDirectory(state)).toMatchObject({
    ok: false,
    message: expect.stringContaining(
      `chown -R ${process.getuid?.()} ${state}/runs && chmod -R go-rwx ${state}/runs`,
    ),
  });
  await chmod(run, 0o700);
  await symlink('/etc/passwd', join(run, 'meta.json'));
  expect(prepareStateDirectory(state)).toMatchObject({
    ok: false,
    message: expect.stringContaining('is a symlink'),
  });
});
