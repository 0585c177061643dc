import { expect, test } from 'vitest';
import { findAppUser } from '../../../src/host/app-user.ts';
import { driverContract } from '../../contracts/driver.contract.ts';
import { localSubject } from '../../contracts/local-subject.ts';
import { createUserHarness, isRoot, nobody, nobodyInGroups } from './user-harness.ts';

if (isRoot) {
  driverContract('local, as another user', async () => localSubject(await createUserHarness(nobody())));
  driverContract('local, as another user with groups', async () =>
    localSubject(await createUserHarness(nobodyInGroups())),
  );
} else {
  test('only root can run apps as another user', () => {
    expect(findAppUser('nobody', ['/'])).toMatchObject({ ok: false });
  });
}
