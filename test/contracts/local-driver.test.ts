import { createLocalHarness } from '../support/local-driver.ts';
import { driverContract } from './driver.contract.ts';
import { localSubject } from './local-subject.ts';

driverContract('local', async () => localSubject(await createLocalHarness({ installSlots: 2 })));
