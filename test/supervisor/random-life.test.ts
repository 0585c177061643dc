import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MANIFEST } from '../support/scripted-files.ts';
import { createStage, type Stage } from '../support/stage.ts';
import { type Action, anyAction, endsInstall, NAMES, unansweredOf } from './actions.ts';
import { expectCompleteJournal, expectInvariants } from './invariants.ts';

/** Everything works again: every app must be in its desired state, and every command must have an answer. */
async function expectRecovery(stage: Stage): Promise<void> {
  const { clock, folders, driver } = stage;
  stage.full = false;
  stage.foreign.clear();
  stage.health = { ok: true };
  driver.behave('*', { start: 'listens', stop: 'ends', install: 'nothing' });
  folders.loseAppsDir(null);
  for (const folder of folders.names()) folders.put(folder, { manifest: { ok: true, manifest: MANIFEST } });
  // The longest waits, one after the other: a grace, the kill after it, a start, the longest delay.
  for (let round = 0; round < 2; round++) {
    await clock.advance(1_000);
    while (endsInstall(stage, true)) await stage.settle();
    await clock.advance(70_000);
  }
  expect(unansweredOf(stage)).toEqual([]);
  const apps = stage.control.supervisor.apps();
  expect(apps.map(({ name }) => name)).toEqual(folders.names().sort());
  for (const app of apps) {
    const newest = { after: null, before: null, limit: 1, forward: true };
    const exit = stage.control.supervisor.runs(app.id, newest).runs[0]?.exit;
    const endedByItself = app.state === 'STOPPED' && exit?.reason === 'EXITED';
    const wanted = app.desiredState === 'RUNNING' && !endedByItself;
    expect(`${app.name} ${app.state}`).toBe(`${app.name} ${wanted ? 'RUNNING' : 'STOPPED'}`);
  }
}

/** The next boot of the machine starts all apps that should run, and leaves nothing of earlier work. */
async function expectBoot(stage: Stage): Promise<void> {
  const states = () => stage.control.supervisor.apps().map(({ name, state }) => `${name} ${state}`);
  const before = states();
  await stage.crash();
  await stage.clock.advance(40_000);
  expect(states(), 'after the next start of the control plane').toEqual(before);
  await stage.reboot();
  await stage.clock.advance(40_000);
  for (const { name, state, desiredState } of stage.control.supervisor.apps()) {
    expect(`${name} ${state}`).toBe(`${name} ${desiredState}`);
  }
  expect(
    stage.stores.apps.all().flatMap(({ intent }) => intent ?? []),
    'intents',
  ).toEqual([]);
}

async function live(actions: readonly Action[]): Promise<void> {
  const stage = createStage({ ports: { min: 3001, max: 3003 } });
  try {
    for (const app of NAMES) stage.folders.put(app);
    await stage.start();
    await stage.settle();
    for (const { title, act } of actions) {
      await act(stage);
      await stage.settle();
      expectInvariants(stage, title);
    }
    await expectRecovery(stage);
    expectInvariants(stage, 'when everything is well again');
    await expectBoot(stage);
    expectInvariants(stage, 'after the next boot');
    expectCompleteJournal(stage);
  } finally {
    await stage.close();
  }
}

/** LIVES=3000 looks closer. */
describe('any life of three apps that share three ports', () => {
  it('keeps the invariants at every moment, and reaches the desired states when everything works again', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyAction, { minLength: 5, maxLength: 60 }), live), {
      numRuns: Number(process.env.LIVES ?? 150),
    });
    // It takes some ten seconds, and more on a busy machine.
  }, 120_000);
});
