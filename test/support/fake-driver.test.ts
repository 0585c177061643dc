import { expect, test } from 'vitest';
import type { RunSpec } from '../../src/contracts/driver.ts';
import type { RunEvent } from '../../src/core/run-events.ts';
import { createFakeDriver } from './fake-driver.ts';

const spec: RunSpec = {
  run: 7,
  app: 1,
  appName: 'shop',
  mark: 'test-7',
  appDirectory: '/apps/shop',
  releaseDirectory: '/apps/shop/current',
  script: 'node .',
  port: 3_001,
  install: true,
  variables: {},
};

function observed(driver: ReturnType<typeof createFakeDriver>): RunEvent['type'][] {
  const reported: RunEvent['type'][] = [];
  driver.observe((_run, event) => reported.push(event.type));
  return reported;
}

test('everything happens within the command that asks for it', () => {
  const driver = createFakeDriver({ behaviour: { install: 'installs' } });
  const reported = observed(driver);
  driver.begin(spec);
  expect(reported).toEqual(['INSTALLING', 'STARTING', 'STARTED', 'LISTENING']);
  expect(driver.live()).toMatchObject([{ spec, phase: 'STARTED', listening: true }]);
  driver.stop(spec.run);
  expect(reported.at(-1)).toBe('ENDED');
  expect(driver.live()).toEqual([]);
  expect(driver.commands.map(({ type }) => type)).toEqual(['begin', 'stop']);
});

test("an app's own behaviour comes before everybody's, and may change between runs", () => {
  const driver = createFakeDriver({ behaviour: { start: { exits: 1 } } });
  const reported = observed(driver);
  driver.behave(spec.app, { start: 'silent' });
  driver.begin(spec);
  expect(reported).toEqual(['STARTING', 'STARTED']);
  driver.tell(spec.run, { type: 'ENDED', code: 0, signal: null });
  driver.behave(spec.app, { start: { exits: 9 } });
  driver.begin(spec);
  expect(reported.slice(-3)).toEqual(['STARTING', 'STARTED', 'ENDED']);
});

test('a manual start reports nothing more until the test does', () => {
  const driver = createFakeDriver({ behaviour: { start: 'manual' } });
  const reported = observed(driver);
  driver.begin(spec);
  expect(reported).toEqual(['STARTING']);
  driver.tell(spec.run, { type: 'START_FAILED', message: 'no' });
  expect(reported.at(-1)).toBe('START_FAILED');
});

test('an event that the contract forbids is refused', () => {
  const driver = createFakeDriver();
  observed(driver);
  expect(() => driver.tell(8, { type: 'STARTING' })).toThrow('Run 8 can have no STARTING');
  driver.begin(spec);
  driver.stop(spec.run);
  expect(() =>
    driver.tell(spec.run, { type: 'STARTED', handle: { driver: 'fake', version: 1, data: null }, pid: 1 }),
  ).toThrow('over or unknown');
});
