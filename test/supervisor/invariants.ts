import { expect } from 'vitest';
import type { Stage } from '../support/stage.ts';

/** What must be so at every moment, whatever happened; `now` is for the failure's message. */
export function expectInvariants(stage: Stage, now: string): void {
  const live = stage.driver.live();
  const apps = stage.control.supervisor.apps();

  const perApp = new Map<number, (typeof live)[number][]>();
  for (const run of live) perApp.set(run.spec.app, [...(perApp.get(run.spec.app) ?? []), run]);
  for (const [app, runs] of perApp) expect(runs.length, `${now}: live runs of app ${app}`).toBe(1);

  const held = stage.stores.ports.all().map(({ port }) => port);
  expect(new Set(held).size, `${now}: a port is held twice`).toBe(held.length);
  const used = live.flatMap(({ spec }) => spec.port ?? []);
  expect(new Set(used).size, `${now}: two runs use one port`).toBe(used.length);

  expect(stage.mostAtOnce, `${now}: runs of one app at a time`).toBeLessThanOrEqual(1);

  // While nothing can be committed, the journal and the views may be behind.
  for (const app of stage.full ? [] : apps) {
    const runs = perApp.get(app.id) ?? [];
    if (app.state === 'STOPPED' || app.state === 'INVALID' || app.state === 'BACKOFF') {
      expect(runs, `${now}: ${app.name} is ${app.state} and has processes`).toEqual([]);
      expect(app.run, `${now}: ${app.name} is ${app.state} and has a run`).toBeNull();
    }
    if (app.state === 'RUNNING') expect(runs.length, `${now}: ${app.name} is RUNNING`).toBe(1);
    expect(app.restart !== null, `${now}: the restart of ${app.name}`).toBe(app.state === 'BACKOFF');
  }

  const known = new Set(stage.stores.apps.all().map(({ id }) => id));
  for (const { spec } of live) expect(known, `${now}: processes of an unknown app`).toContain(spec.app);
  expect(
    [...stage.problems, ...stage.warnings].filter((line) => !EXPECTED.test(line)),
    now,
  ).toEqual([]);
}

/** The log lines that a full disk or a broken file system cannot be without. */
const EXPECTED = /disk is full|no changes at the moment|EIO: i\/o error|gave up waiting for apps to end/;

/** The journal has every change: replayed from the start, it gives the present states. */
export function expectCompleteJournal(stage: Stage): void {
  const states = new Map<number, string>();
  const seqs: number[] = [];
  for (const { seq, fact, app } of stage.journal()) {
    seqs.push(seq);
    if (!app) continue;
    if (fact.type === 'AppAdded') states.set(app.id, 'STOPPED');
    if (fact.type === 'AppRemoved') states.delete(app.id);
    if (fact.type === 'AppStateChanged') {
      expect(fact.from, `event ${seq}: what ${app.name} was before`).toBe(states.get(app.id));
      states.set(app.id, fact.to);
    }
  }
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  const present = stage.control.supervisor.apps().map(({ id, state }) => [id, state] as const);
  expect(states).toEqual(new Map(present));
}
