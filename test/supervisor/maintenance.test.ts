import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStage, type Stage } from '../support/stage.ts';
import { stageWith } from './given.ts';

const HOUR = 3_600_000;

describe('maintenance', () => {
  const stage = stageWith(['blog']);

  it('deletes what is in the trash for more than 30 days, at the start and every hour', async () => {
    const asked: number[] = [];
    stage().folders.files.emptyTrash = async (age) => void asked.push(age);
    await stage().crash();
    expect(asked).toEqual([30 * 24 * HOUR]);
    await stage().clock.advance(HOUR);
    expect(asked).toHaveLength(2);
  });

  it('that fails is logged, and tried again an hour later', async () => {
    let tries = 0;
    stage().folders.files.emptyTrash = () => {
      tries++;
      return Promise.reject(new Error('EIO: i/o error'));
    };
    await stage().clock.advance(2 * HOUR);
    expect(tries).toBe(2);
    expect(stage().problems).toHaveLength(2);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('ends with the control plane', async () => {
    await stage().control.shutdown(false);
    expect(stage().clock.pending()).toBe(0);
  });
});

describe('the journal’s retention', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = createStage({ eventRetention: { events: 10, age: 90 * 24 * HOUR } });
  });
  afterEach(() => stage.close());

  it('keeps the newest events, and their numbers go on', async () => {
    for (let app = 0; app < 20; app++) stage.folders.put(`app-${app}`);
    await stage.start();
    await stage.settle();
    const last = stage.events.last();
    expect(stage.journal().length).toBeGreaterThan(10);
    await stage.clock.advance(HOUR);
    expect(stage.journal().length).toBeLessThanOrEqual(30);
    expect(stage.events.first()).toBeGreaterThan(last - 10);
  });
});
