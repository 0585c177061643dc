import { CONTAINMENTS, createLocalHarness } from '../support/local-driver.ts';
import { driverContract } from './driver.contract.ts';
import { localSubject } from './local-subject.ts';

for (const [containment, options] of CONTAINMENTS) {
  driverContract(`local, ${containment}`, async () =>
    localSubject(await createLocalHarness({ ...options, installSlots: 2 })),
  );
}
