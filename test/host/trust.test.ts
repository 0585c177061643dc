import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ownUid, readTrusted, trustDirectory, trustSocket } from '../../src/host/trust.ts';
import { giveAway, isRoot } from '../support/another-account.ts';

let directory: string;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'toehold-trust-')));
  onTestFinished(() => rm(directory, { recursive: true }));
});

async function make(name: string, mode = 0o700): Promise<string> {
  const path = join(directory, name);
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
  return path;
}

async function put(path: string, text = 'text', mode = 0o600): Promise<string> {
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const read = (path: string, secret = false) => readTrusted(path, { limit: 100, secret });

describe('a directory', () => {
  test('of the caller, where no other user may write, is trusted by its real path', async () => {
    const state = await make('state');
    expect(trustDirectory(state)).toEqual({ ok: true, path: state, uid: ownUid() });
    expect(trustDirectory(join(state, '..', 'state', '.'))).toMatchObject({ ok: true, path: state });
    await symlink('state', join(directory, 'link'));
    expect(trustDirectory(join(directory, 'link'))).toMatchObject({ ok: true, path: state });
  });

  test.each([0o777, 0o770, 0o775, 0o702, 0o1777, 0o2770])(
    'that others can write to is not: %o',
    async (mode) => {
      const state = await make('state', mode);
      expect(trustDirectory(state)).toEqual({
        ...{ ok: false, code: 'untrusted', advice: `chmod go-w ${state}` },
        problem: expect.stringContaining(`(mode ${mode.toString(8)})`),
      });
    },
  );

  test('in which others could put another one in its place is not, but where the sticky bit keeps them from it', async () => {
    const state = await make('shared/state');
    const shared = join(directory, 'shared');
    await chmod(shared, 0o777);
    expect(trustDirectory(state)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(`${shared} can be`),
    });
    await chmod(shared, 0o1777);
    expect(trustDirectory(state)).toMatchObject({ ok: true });
    // By way of a directory that others can write to, to one that they cannot.
    await make('open', 0o777);
    await symlink(state, join(directory, 'open/link'));
    expect(trustDirectory(join(directory, 'open/link'))).toMatchObject({ ok: false });
  });

  test.runIf(ownUid() === 0)(
    'below one that a group can write to is, where nobody else is in the group',
    async () => {
      const state = await make('shared/state');
      const shared = join(directory, 'shared');
      await chmod(shared, 0o775);
      expect(trustDirectory(state)).toMatchObject({ ok: true });
      // Debian's group `nogroup` is the first one of the user `nobody`.
      await chown(shared, 0, 65_534);
      expect(trustDirectory(state)).toMatchObject({
        ok: false,
        problem: expect.stringContaining(`${shared} can be`),
      });
    },
  );

  test('that is none, or not there, or a circle of links', async () => {
    await put(join(directory, 'file'));
    await symlink('circle', join(directory, 'circle'));
    const code = (name: string) => {
      const trust = trustDirectory(join(directory, name));
      return trust.ok ? 'ok' : trust.code;
    };
    expect(['file', 'gone', 'file/below', 'circle'].map(code)).toEqual([
      'untrusted',
      'absent',
      'absent',
      'untrusted',
    ]);
  });

  test('of another account is not trusted, for any caller', async () => {
    const state = await make('state');
    if (isRoot) giveAway(state);
    const asks = isRoot ? 0 : ownUid() + 1;
    expect(trustDirectory(state, asks)).toMatchObject({
      ...{ ok: false, code: 'untrusted' },
      problem: expect.stringContaining('belongs to another user'),
      advice: expect.stringContaining('chown'),
    });
  });

  test.runIf(isRoot)('below one of another account’s, or behind a link of theirs, is not', async () => {
    const state = await make('theirs/state');
    giveAway(join(directory, 'theirs'));
    expect(trustDirectory(state)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('theirs belongs to'),
    });
    // A link in /tmp that leads to a good directory now may lead to another one at the next look.
    const good = await make('good');
    const link = `${directory}-link`;
    onTestFinished(() => rm(link));
    await symlink(good, link);
    expect(trustDirectory(link)).toMatchObject({ ok: true });
    giveAway(link);
    expect(trustDirectory(link)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('-link belongs to'),
    });
  });
});

describe('a file', () => {
  test('is read where no other user can write it, and a secret where no other user can read it', async () => {
    const file = await put(join(directory, 'file'));
    expect(read(file, true)).toEqual({ ok: true, text: 'text' });
    for (const mode of [0o644, 0o640, 0o604]) {
      await chmod(file, mode);
      expect(read(file)).toEqual({ ok: true, text: 'text' });
      expect(read(file, true)).toMatchObject({ code: 'untrusted', advice: `chmod 600 ${file}` });
    }
    for (const mode of [0o620, 0o602, 0o666]) {
      await chmod(file, mode);
      expect(read(file)).toMatchObject({ code: 'untrusted', advice: `chmod go-w ${file}` });
    }
  });

  test('is regular and not too large, and no read hangs at a pipe', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    expect(read(pipe)).toMatchObject({ code: 'untrusted', problem: `${pipe} is not a regular file` });
    expect(read(directory)).toMatchObject({ code: 'untrusted' });
    expect(read(await put(join(directory, 'full'), 'x'.repeat(100)))).toMatchObject({ ok: true });
    expect(read(await put(join(directory, 'large'), 'x'.repeat(101)))).toMatchObject({ code: 'untrusted' });
    expect(read(join(directory, 'gone'))).toMatchObject({ code: 'absent' });
  });

  test('whose name a shell would take apart is quoted in the advice', async () => {
    const file = await put(join(directory, "it's $(here)"), 'x', 0o666);
    const trust = read(file);
    if (trust.ok) throw new Error('it is trusted');
    const name = execFileSync('sh', ['-c', trust.advice.replace('chmod go-w', 'printf %s')], {
      encoding: 'utf8',
    });
    expect(name).toBe(file);
  });

  test.runIf(isRoot)('of another account’s is not read', async () => {
    const file = await put(join(directory, 'file'));
    giveAway(file);
    expect(read(file)).toMatchObject({
      code: 'untrusted',
      problem: expect.stringContaining('belongs to another'),
    });
  });
});

test('a Unix socket is trusted by who made it, and where it lies', async () => {
  const path = join(directory, 'socket');
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  onTestFinished(() => void server.close());
  expect(trustSocket(path)).toMatchObject({ ok: true });
  expect(trustSocket(await put(join(directory, 'file')))).toMatchObject({ code: 'untrusted' });
  await chmod(directory, 0o777);
  expect(trustSocket(path)).toMatchObject({ code: 'untrusted' });
});
