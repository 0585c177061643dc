import { chmod, chown, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { RunSpec } from '../../../src/contracts/driver.ts';
import { readAppVariables } from '../../../src/drivers/local/environment.ts';
import { planInstall } from '../../../src/drivers/local/install-plan.ts';
import { type AppUser, findAppUser } from '../../../src/host/app-user.ts';
import { whileExchanging } from '../../host/exchanging.ts';

// What is read for an app is read behind links; somebody exchanges a link while it is read.

const ROUNDS = 300;

let root: string;
let appsDir: string;
let release: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'toehold-swapped-')));
  onTestFinished(() => rm(root, { recursive: true }));
  appsDir = join(root, 'apps');
  release = join(appsDir, 'blog', 'current');
  await mkdir(release, { recursive: true });
  await chmod(root, 0o755);
});

function variables(within: string | null, user: AppUser | null): Promise<string> {
  const spec = { appDirectory: join(appsDir, 'blog'), releaseDirectory: release } as RunSpec;
  return readAppVariables(spec, within, user).then(
    (found) => `took ${found.VALUE ?? 'nothing'}`,
    (error: Error) => error.message,
  );
}

/** In two directories beside each other, one of which is a link to where the app must not read. */
async function layOut(name: string, own: string, hidden: string, hiddenIn: string): Promise<void> {
  await mkdir(hiddenIn, { recursive: true });
  await writeFile(join(hiddenIn, name), hidden);
  await mkdir(join(release, 'shared'));
  await writeFile(join(release, 'shared', name), own);
  await symlink(hiddenIn, join(release, 'decoy'));
  await symlink(`shared/${name}`, join(release, name));
}

/** All that is found, while the directory behind the link is exchanged for the link that leads away. */
async function found(look: () => Promise<string>): Promise<Set<string>> {
  const seen = new Set<string>();
  await whileExchanging(join(release, 'shared'), join(release, 'decoy'), async () => {
    for (let round = 0; round < ROUNDS; round++) seen.add(await look());
  });
  return seen;
}

test('A10: a .env behind a link is never read from outside of APPS_DIR', async () => {
  await layOut('.env', 'VALUE=own', 'VALUE=hidden', join(root, 'outside'));
  const seen = await found(() => variables(appsDir, null));
  expect([...seen].join('\n')).not.toContain('hidden');
  expect(await variables(appsDir, null)).toMatch(/took own|leads out|took nothing/);
});

test.skipIf(process.getuid?.() !== 0)(
  'A10: a .env behind a link is never read where the apps’ user could not read it',
  async () => {
    const answer = findAppUser('nobody', []);
    const user = answer.ok ? answer.user : null;
    if (!user) throw new Error('There is no user nobody');
    // Within APPS_DIR, so that the place alone refuses nothing.
    await layOut('.env', 'VALUE=own', 'VALUE=hidden', join(appsDir, 'other'));
    await chmod(join(appsDir, 'other', '.env'), 0o600);
    for (const path of [
      join(appsDir, 'blog'),
      release,
      join(release, 'shared'),
      join(release, 'shared/.env'),
    ])
      await chown(path, user.uid, user.gid);
    expect(await variables(appsDir, user)).toBe('took own');
    const seen = await found(() => variables(appsDir, user));
    expect([...seen].join('\n')).not.toContain('hidden');
  },
);

test('A8: a package.json or a lock file behind a link is never read from outside of APPS_DIR', async () => {
  const installs = { get: () => null, set() {}, forget() {} };
  const dependencies = { left: '1.0.0' };
  const hidden = { dependencies, packageManager: 'hidden@1.0.0' };
  await layOut(
    'package.json',
    JSON.stringify({ dependencies }),
    JSON.stringify(hidden),
    join(root, 'outside'),
  );
  await writeFile(join(root, 'outside', 'yarn.lock'), 'hidden');
  await symlink('shared/yarn.lock', join(release, 'yarn.lock'));
  const options = { path: '/nowhere', installs, within: appsDir };
  const seen = await found(async () => {
    const plan = await planInstall(release, options);
    return plan.kind === 'IMPOSSIBLE' ? plan.message : plan.kind;
  });
  expect(seen.size).toBeGreaterThan(0);
  // With no program on PATH, each answer names what was chosen, or says that it may not be read.
  for (const text of seen) expect(text).not.toMatch(/hidden|yarn is not|yarn,/);
});
