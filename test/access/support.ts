import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStores, type Stores } from '../../db/index.ts';
import { type AccessControl, createAccess, createSteadyTime } from '../../src/access/index.ts';
import type { Identity, TokenStore } from '../../src/contracts/access.ts';
import type { SteadyTime } from '../../src/contracts/clock.ts';
import type { RunId } from '../../src/core/run.ts';
import { createManualClock, type ManualClock } from '../support/manual-clock.ts';

/** A directory that is gone when the test has ended. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'toehold-access-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Who may do what, on a real database, with a clock and runs that the test owns. */
export interface Bench extends Pick<AccessControl, 'access' | 'runTokens' | 'close'> {
  readonly directory: string;
  readonly stores: Stores;
  readonly clock: ManualClock;
  readonly time: SteadyTime;
  readonly liveRuns: Set<RunId>;
  readonly problems: string[];
  /** Methods of the store that take the place of the real ones. */
  readonly interpose: { -readonly [Method in keyof TokenStore]?: TokenStore[Method] };
}

/**
 * @param earlier the bench on whose database this one goes on, as after a restart
 * @param sessionIdle how long a session may be unused, in milliseconds; the usual 12 hours where it is left out
 */
export function createBench(earlier?: Pick<Bench, 'directory' | 'clock'>, sessionIdle?: number): Bench {
  const directory = earlier?.directory ?? temporaryDirectory();
  const clock = earlier?.clock ?? createManualClock();
  const stores = openStores(join(directory, 'toehold.db'), { now: clock.now });
  const liveRuns = new Set<RunId>();
  const problems: string[] = [];
  const problem = (_data: object, message: string) => void problems.push(message);
  const interpose: Bench['interpose'] = {};
  const store: TokenStore = new Proxy(stores.tokens, {
    get: (real, method: keyof TokenStore) => interpose[method] ?? real[method],
  });
  const logger = { info() {}, warn: problem, error: problem };
  const time = createSteadyTime(clock, stores.time);
  const runIsLive = (run: RunId) => liveRuns.has(run);
  const control = createAccess({ store, clock, time, logger, sessionIdle, runIsLive });
  onTestFinished(() => {
    control.close();
    stores.close();
  });
  return { ...control, directory, stores, clock, time, liveRuns, problems, interpose };
}

/** Who this text is. @throws Error where it is nobody */
export function identityOf({ access }: Pick<Bench, 'access'>, text: string): Identity {
  const identity = access.authenticate(text);
  if (!identity) throw new Error('nobody has this token');
  return identity;
}
