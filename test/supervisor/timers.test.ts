import { describe, expect, it } from 'vitest';
import { Timers } from '../../src/supervisor/timers.ts';
import { createManualClock } from '../support/manual-clock.ts';

function setUp() {
  const clock = createManualClock();
  const fired: { name: string; isStale: () => boolean }[] = [];
  const timers = new Timers(clock, (name, isStale) => fired.push({ name, isStale }));
  return { clock, fired, timers, names: () => fired.map(({ name }) => name) };
}

describe('named timers', () => {
  it('fire once', async () => {
    const { clock, timers, names } = setUp();
    timers.set('grace', 10);
    expect(clock.pending()).toBe(1);
    await clock.advance(100);
    expect(names()).toEqual(['grace']);
    expect(clock.pending()).toBe(0);
  });

  it('setting one replaces it', async () => {
    const { clock, timers, names } = setUp();
    timers.set('health', 10);
    await clock.advance(9);
    timers.set('health', 10);
    timers.set('grace', 5);
    await clock.advance(9);
    expect(names()).toEqual(['grace']);
    await clock.advance(1);
    expect(names()).toEqual(['grace', 'health']);
  });

  it('one that is cleared does not fire', async () => {
    const { clock, timers, names } = setUp();
    timers.set('health', 10);
    timers.clear('health');
    timers.clear('grace');
    await clock.advance(100);
    expect(names()).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  it('all are cleared at the end', async () => {
    const { clock, timers, names } = setUp();
    timers.set('health', 10);
    timers.set('grace', 10);
    timers.clearAll();
    await clock.advance(100);
    expect(names()).toEqual([]);
    expect(clock.pending()).toBe(0);
  });

  for (const later of ['set', 'clear'] as const) {
    it(`one that has fired is stale once it is ${later} again`, async () => {
      const { clock, timers, fired } = setUp();
      timers.set('grace', 10);
      await clock.advance(10);
      expect(fired[0]?.isStale()).toBe(false);
      if (later === 'set') timers.set('grace', 10);
      else timers.clear('grace');
      expect(fired[0]?.isStale()).toBe(true);
    });
  }
});
