import { afterEach, beforeEach, expect } from 'vitest';
import type { AppObservation } from '../../src/contracts/discovery.ts';
import type { DomainError, Result } from '../../src/core/errors.ts';
import type { JournalEvent } from '../../src/core/events.ts';
import type { Manifest } from '../../src/core/manifest.ts';
import type { Run } from '../../src/core/run.ts';
import { MANIFEST } from '../support/scripted-files.ts';
import { createStage, type Stage, type StageOptions } from '../support/stage.ts';

export const BEN = { actor: 'ben' };
/** As BEN, with `wait`. */
export const WAIT = { actor: 'ben', wait: true };
export const OLD = '20260101-000000';
export const NEW = '20260102-000000';

export const BROKEN: Partial<AppObservation> = { manifest: { ok: false, error: 'Missing package.json' } };

export function withManifest(change: Partial<Manifest> = {}): Partial<AppObservation> {
  return { manifest: { ok: true, manifest: { ...MANIFEST, ...change } } };
}

/** A stage for each test of a file, on which these apps run. */
export function stageWith(apps: readonly string[], options?: StageOptions): () => Stage {
  let stage: Stage;
  beforeEach(async () => {
    stage = createStage(options);
    for (const app of apps) stage.folders.put(app);
    await stage.start();
    await stage.settle();
    for (const app of apps) expect(stage.app(app).state).toBe('RUNNING');
  });
  afterEach(() => stage.close());
  return () => stage;
}

/** The error of an answer. @throws where it is not one */
export function errorOf(result: Result<unknown>): DomainError {
  if (result.ok) throw new Error('The answer is no error');
  return result.error;
}

/** An answer that is not awaited yet: undefined until it is there. */
export function later<T>(answer: Promise<T>): { readonly value: T | undefined } {
  const box: { value: T | undefined } = { value: undefined };
  void answer.then((value) => {
    box.value = value;
  });
  return box;
}

/** The app's present run. @throws where it has none. */
export function runOf(stage: Stage, app: string): Run {
  const { run } = stage.app(app);
  if (!run) throw new Error(`${app} has no run`);
  return run;
}

/** An app's newest run, also when it has ended. */
export function lastRun(stage: Stage, app: string): Run {
  const { runs } = stage.control.supervisor.runs(stage.app(app).id, {
    after: null,
    before: null,
    limit: 1,
    forward: true,
  });
  if (!runs[0]) throw new Error(`${app} never ran`);
  return runs[0];
}

/** The app's present run ends by itself, with all its processes. */
export async function ends(
  stage: Stage,
  app: string,
  code: number | null,
  signal: string | null = null,
): Promise<void> {
  stage.driver.tell(runOf(stage, app).id, { type: 'ENDED', code, signal });
  await stage.settle();
}

/** The journal's events of an app since an event, in a line each. */
export function eventsOf(stage: Stage, app: string, after = 0): string[] {
  return stage
    .journal()
    .filter((event) => event.seq > after && event.app?.name === app)
    .map(lineOf);
}

export function lineOf({ fact }: JournalEvent): string {
  switch (fact.type) {
    case 'AppStateChanged':
      return `${fact.from} → ${fact.to}`;
    case 'AppUpdated':
      return `AppUpdated ${fact.changes.map(({ field }) => field).join(' ')}`;
    case 'AppRenamed':
      return `AppRenamed from ${fact.previousName}`;
    case 'RunEnded':
      return `RunEnded ${fact.exit.reason} ${fact.exit.code}`;
    case 'RestartScheduled':
      return `RestartScheduled ${fact.restart.attempt}`;
    case 'PortAssigned':
      return `PortAssigned ${fact.port} after ${fact.previousPort}`;
    case 'PortReleased':
    case 'PortConflict':
      return `${fact.type} ${fact.port}`;
    default:
      return fact.type;
  }
}

export function portOf(stage: Stage, app: string): number | null {
  return stage.stores.ports.ofApp(stage.app(app).id)?.port ?? null;
}
