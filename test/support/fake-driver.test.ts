import { expect, test } from 'vitest';
import type { DriverEvent, RunSpec } from '../../src/contracts/driver.ts';
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

function observed(driver: ReturnType<typeof createFakeDriver>): DriverEvent['type'][] {
  const told: DriverEvent['type'][] = [];
  driver.observe((_run, event) => told.push(event.type));
  return told;
}

test('everything happens within the command that asks for it', () => {
  const driver = createFakeDriver({ behaviour: { prepare: 'installs' } });
  const told = observed(driver);
  driver.prepare(spec);
  expect(told).toEqual(['PREPARING', 'PREPARED']);
  driver.start(spec);
  expect(told.slice(2)).toEqual(['STARTED', 'LISTENING']);
  expect(driver.live()).toMatchObject([{ spec, phase: 'STARTED', listening: true }]);
  driver.stop(spec.run);
  expect(told.at(-1)).toBe('ENDED');
  expect(driver.live()).toEqual([]);
  expect(driver.commands.map(({ type }) => type)).toEqual(['prepare', 'start', 'stop']);
});

test("an app's own behaviour comes before everybody's, and may change between runs", () => {
  const driver = createFakeDriver({ behaviour: { start: { exits: 1 } } });
  const told = observed(driver);
  driver.behave(spec.app, { start: 'silent' });
  driver.prepare(spec);
  driver.start(spec);
  expect(told).toEqual(['PREPARED', 'STARTED']);
  driver.tell(spec.run, { type: 'ENDED', code: 0, signal: null });
  driver.behave(spec.app, { start: { exits: 9 } });
  driver.prepare(spec);
  driver.start(spec);
  expect(told.slice(-3)).toEqual(['PREPARED', 'STARTED', 'ENDED']);
});

test('a manual start tells nothing until the test does', () => {
  const driver = createFakeDriver({ behaviour: { start: 'manual' } });
  const told = observed(driver);
  driver.prepare(spec);
  driver.start(spec);
  expect(told).toEqual(['PREPARED']);
  driver.tell(spec.run, { type: 'START_FAILED', message: 'no' });
  expect(told.at(-1)).toBe('START_FAILED');
});

test('an event that the contract forbids is refused', () => {
  const driver = createFakeDriver();
  observed(driver);
  expect(() => driver.tell(8, { type: 'PREPARED' })).toThrow('Run 8 can have no PREPARED');
  driver.prepare(spec);
  driver.stop(spec.run);
  expect(() =>
    driver.tell(spec.run, { type: 'STARTED', handle: { driver: 'fake', version: 1, data: null }, pid: 1 }),
  ).toThrow('over or unknown');
});
