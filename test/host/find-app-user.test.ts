import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findAppUser } from '../../src/host/app-user.ts';
import { isRoot, nobody } from '../drivers/local/user-harness.ts';

describe('who runs the apps', () => {
  test('the user of the control plane, where no user is named', () => {
    expect(findAppUser(null, ['/srv'], false)).toEqual({ ok: true, user: null, warning: null });
  });

  test('root is warned: what it means, and what to do', () => {
    const { warning } = findAppUser(null, ['/srv'], true) as { warning: string };
    expect(warning).toMatch(/^Apps run as root.*run toehold as a user.*TOEHOLD_APP_USER/);
    expect(warning).not.toContain('\n');
  });

  test('only root can run them as another user', () => {
    expect(findAppUser('nobody', ['/srv'], false)).toEqual({
      ok: false,
      message:
        'TOEHOLD_APP_USER is "nobody": only root can run apps as another user; unset it, and apps run as you',
    });
  });

  test.each(['nosuchuser', '4294967290', '', '-G', 'no body', '../x', 'a'.repeat(300), 'x\0y'])(
    '%j is no user',
    (setting) => {
      const found = findAppUser(setting, ['/'], true);
      expect(found).toMatchObject({ ok: false, message: expect.stringContaining('there is no such user') });
      expect(found.ok === false && found.message).not.toContain('\n');
    },
  );

  test('root is not the one to name', () => {
    for (const setting of ['root', '0']) {
      expect(findAppUser(setting, ['/'], true)).toMatchObject({
        ok: false,
        message: expect.stringContaining('that is root'),
      });
    }
  });

  test('by name or by uid', () => {
    const byName = findAppUser('nobody', ['/'], true);
    expect(byName).toMatchObject({ ok: true, user: { name: 'nobody', uid: 65534 }, warning: null });
    expect(findAppUser('65534', ['/'], true)).toEqual(byName);
  });
});

/** Files can be given away by root alone. */
describe.runIf(isRoot)('a state directory that the user could exchange is refused', () => {
  let directory: string;
  let stateDir: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'toehold-user-'));
    chmodSync(directory, 0o755);
    stateDir = join(directory, 'data', '.toehold');
    mkdirSync(stateDir, { recursive: true, mode: 0o755 });
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  const found = () => findAppUser('nobody', [stateDir], true);

  test('not one of root’s, there or not', () => {
    expect(found().ok).toBe(true);
    rmSync(join(directory, 'data'), { recursive: true });
    expect(found().ok).toBe(true);
  });

  test.each([
    ['it is its own', () => own(stateDir)],
    ['the directory that it lies in is', () => own(join(directory, 'data'))],
    ['one further up is', () => own(directory)],
    ['everybody may write it', () => chmodSync(stateDir, 0o1777)],
    ['everybody may write where it lies', () => chmodSync(join(directory, 'data'), 0o777)],
    [
      'its group may write where it lies',
      () => {
        chownSync(join(directory, 'data'), 0, nobody().gid);
        chmodSync(join(directory, 'data'), 0o775);
      },
    ],
    [
      'a symlink on the way leads through a directory of its own',
      () => {
        mkdirSync(join(directory, 'theirs'));
        own(join(directory, 'theirs'));
        mkdirSync(join(directory, 'theirs', 'data'));
        rmSync(join(directory, 'data'), { recursive: true });
        symlinkSync('theirs/data', join(directory, 'data'));
      },
    ],
  ])('%s', (_what, arrange) => {
    arrange();
    const answer = found();
    expect(answer).toMatchObject({
      ok: false,
      message: expect.stringMatching(/nobody can write .*DATA_DIR/),
    });
  });

  test.each([
    ['the user’s directory', () => own(join(directory, 'secrets'))],
    ['a file of the user’s', () => own(join(directory, 'secrets', 'token'))],
  ])('the first token, which is ADMIN, is not taken from %s', (_what, arrange) => {
    const tokenFile = join(directory, 'secrets', 'token');
    mkdirSync(join(directory, 'secrets'));
    writeFileSync(tokenFile, '');
    expect(findAppUser('nobody', [stateDir, tokenFile], true).ok).toBe(true);
    arrange();
    expect(findAppUser('nobody', [stateDir, tokenFile], true)).toMatchObject({
      ok: false,
      message: expect.stringMatching(/nobody can write .*secrets.*TOEHOLD_TOKEN_FILE/),
    });
  });

  function own(path: string): void {
    chownSync(path, nobody().uid, nobody().gid);
  }
});
