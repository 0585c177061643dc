import { execFileSync } from 'node:child_process';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalDriverOptions } from '../../../src/drivers/local/index.ts';
import { type AppUser, findAppUser } from '../../../src/host/app-user.ts';
import { createLocalHarness, type LocalDriverHarness } from '../../support/local-driver.ts';

/** Only root runs apps as somebody else; elsewhere the tests hold that it is refused. */
export const isRoot = process.getuid?.() === 0;

/** The user of every machine who may do nothing. @throws Error where this process is not root */
export function nobody(): AppUser {
  const found = findAppUser('nobody', ['/']);
  if (!found.ok || !found.user) throw new Error('this needs root');
  return found.user;
}

/** The same user, in groups that are none of its own. */
export function nobodyInGroups(): AppUser {
  return { ...nobody(), groups: [4, 20], setpriv: '/usr/bin/setpriv' };
}

/** A driver that runs apps as this user, to whom their directories belong. */
export async function createUserHarness(
  user: AppUser,
  options: Partial<LocalDriverOptions> = {},
): Promise<LocalDriverHarness> {
  const harness = await createLocalHarness({ installSlots: 2, appUser: user, ...options });
  // As /home and /srv are: everybody may pass, and nobody else may write.
  await chmod(harness.directory, 0o711);
  return owned(harness, user);
}

function owned(harness: LocalDriverHarness, user: AppUser): LocalDriverHarness {
  return {
    ...harness,
    async spec(script, more) {
      const apps = join(harness.directory, 'apps');
      const spec = await harness.spec(script, more);
      await mkdir(join(apps, 'home'), { recursive: true });
      own(user, apps);
      // npm wants a place of its own.
      return { ...spec, variables: { HOME: join(apps, 'home'), ...spec.variables } };
    },
    successor: async (more) => owned(await harness.successor(more), user),
  };
}

/** Gives a directory and all in it to the user. */
export function own(user: AppUser, path: string): void {
  execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, path]);
}
