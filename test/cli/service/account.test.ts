import { chmod, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { findAccount, unusableDirectory } from '../../../src/cli/service/account.ts';

let above: string;
let places: { readonly dataDir: string; readonly stateDir: string; readonly appsDir: string };

beforeEach(async () => {
  above = await mkdtemp(join(tmpdir(), 'toehold-account-'));
  onTestFinished(() => rm(above, { recursive: true }));
  await chmod(above, 0o755);
  const dataDir = join(above, 'my data');
  await mkdir(dataDir, { mode: 0o755 });
  places = { dataDir, stateDir: join(dataDir, '.toehold'), appsDir: join(dataDir, 'apps') };
});

const stranger = { name: 'ann', uid: 54_321, gids: [54_321] };

test('a directory of another account is refused, with the chown that helps', async () => {
  const { uid } = await stat(above);
  expect(unusableDirectory(places, stranger)).toBe(
    `ann cannot write ${places.dataDir} (owner uid ${uid}, mode 755): chown ann '${places.dataDir}' && chmod u+rwx '${places.dataDir}'`,
  );
  expect(unusableDirectory(places, { ...stranger, uid: 0 })).toBeNull();
});

test('a directory is usable by its owner, by its group, and by all, as its mode says', async () => {
  const { uid, gid } = await stat(places.dataDir);
  const owner = { name: 'owner', uid: uid || 1, gids: [] };
  if (uid !== 0) expect(unusableDirectory(places, owner)).toBeNull();
  const member = { ...stranger, gids: [gid] };
  expect(unusableDirectory(places, member)).not.toBeNull();
  await chmod(places.dataDir, 0o770);
  expect(unusableDirectory(places, member)).toBeNull();
  expect(unusableDirectory(places, stranger)).not.toBeNull();
  await chmod(places.dataDir, 0o777);
  expect(unusableDirectory(places, stranger)).toBeNull();
});

test('the state directory must be its own, and the way to the data directory open', async () => {
  await chmod(places.dataDir, 0o777);
  await mkdir(places.stateDir);
  expect(unusableDirectory(places, stranger)).toContain(`chown -R ann '${places.stateDir}'`);
  await rm(places.stateDir, { recursive: true });
  await mkdir(places.appsDir, { mode: 0o755 });
  expect(unusableDirectory(places, stranger)).toContain(`chown ann '${places.appsDir}'`);
  await chmod(above, 0o700);
  expect(unusableDirectory(places, stranger)).toContain(`cannot enter ${above}`);
});

test('an account is found by name and by uid', async () => {
  expect(await findAccount('root')).toMatchObject({ uid: 0, gids: expect.arrayContaining([0]) });
  expect(await findAccount('no-such-account-here')).toBeNull();
});
