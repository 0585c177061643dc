import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MANIFEST } from '../support/scripted-files.ts';
import { createStage, type Stage } from '../support/stage.ts';
import { anyDeed, type Deed, NAMES } from './deeds.ts';
import { expectInvariants, expectJournalTellsAll } from './invariants.ts';

/** Everything is well again: what is wanted must run, and what is not must not. */
async function expectRecovery(stage: Stage): Promise<void> {
  const { supervisor } = stage.control;
  stage.foreign.clear();
  stage.health = { ok: true };
  stage.driver.behave('*', { start: 'listens', stop: 'ends', prepare: 'nothing' });
  for (const folder of stage.folders.names()) {
    stage.folders.put(folder, { manifest: { ok: true, manifest: MANIFEST } });
  }
  // The longest there is to wait for is an installation that hangs, and then the longest delay.
  for (const wait of [600_000, 100_000, 100_000]) await stage.clock.advance(wait);
  for (const app of supervisor.apps()) {
    const newest = { after: null, before: null, limit: 1, forward: true };
    const last = supervisor.runs(app.id, newest).runs[0];
    const endedByItself = app.state === 'STOPPED' && last?.exit?.code === 0;
    const wanted = app.desiredState === 'RUNNING' && !endedByItself;
    expect(`${app.name} ${app.state}`).toBe(`${app.name} ${wanted ? 'RUNNING' : 'STOPPED'}`);
  }
}

async function live(deeds: readonly Deed[]): Promise<void> {
  const stage = createStage({ ports: { min: 3001, max: 3003 } });
  try {
    for (const app of NAMES) stage.folders.put(app);
    await stage.start();
    await stage.settle();
    for (const { title, act } of deeds) {
      await act(stage);
      await stage.settle();
      expectInvariants(stage, title);
    }
    await expectRecovery(stage);
    expectInvariants(stage, 'when everything is well again');
    expectJournalTellsAll(stage);
  } finally {
    await stage.close();
  }
}

describe('any life of three apps that share three ports', () => {
  it('keeps the invariants at every moment, and comes right when everything is well again', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyDeed, { minLength: 5, maxLength: 60 }), live), {
      numRuns: 100,
    });
  });
});
