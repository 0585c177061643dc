import type { RunSpec } from '../../src/contracts/driver.ts';
import { recordDriver } from '../support/driver-recorder.ts';
import { createFakeDriver, type FakeBehaviour, type FakeDriver } from '../support/fake-driver.ts';
import { type ContractBehaviour, type DriverSubject, driverContract } from './driver.contract.ts';

driverContract('fake', async () => subjectOf(createFakeDriver({ now: () => 1_000 })));

let runs = 0;

const BEHAVIOURS: Readonly<Record<ContractBehaviour, FakeBehaviour>> = {
  serves: {},
  'works without a port': {},
  'exits with 3': { start: { exits: 3 } },
  'ignores SIGTERM': { stop: 'ignores' },
  'leaves a process that ignores SIGTERM': { stop: 'leaves' },
  'cannot be started': { start: { fails: 'the directory is gone' } },
  'has an installation that fails': { install: { fails: 'npm ci failed with code 1' } },
  'has an installation that hangs': { install: 'hangs' },
};

function subjectOf(driver: FakeDriver): DriverSubject {
  const events = recordDriver(driver);
  return {
    driver,
    events,
    async spec(behaviour): Promise<RunSpec> {
      const run = ++runs;
      driver.behave(run, BEHAVIOURS[behaviour]);
      return {
        run,
        app: run,
        appName: `app-${run}`,
        mark: `test-${run}`,
        appDirectory: `/apps/app-${run}`,
        releaseDirectory: `/apps/app-${run}/current`,
        script: 'node .',
        port: behaviour === 'works without a port' ? null : 3_000 + run,
        install: true,
        variables: {},
      };
    },
    async exitNow(spec, code) {
      driver.tell(spec.run, { type: 'ENDED', code, signal: null });
    },
    async successor() {
      driver.close();
      return subjectOf(driver);
    },
    async cleanup() {
      driver.close();
    },
  };
}
