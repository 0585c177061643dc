import type { AuditStore, TokenStore } from '../contracts/access.ts';
import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunId } from '../core/run.ts';
import { nextTurn } from '../host/event-loop.ts';

/** Between two rounds, in milliseconds: retention counts in days. */
const INTERVAL = 3_600_000;

/** Between two writes of the steady time, in milliseconds. A kill of the server loses no more of it than this. */
const TIME_KEPT_EVERY = 300_000;

/** How far the wall clock may be behind the steady time before a warning, in milliseconds. */
const BEHIND = 300_000;

/** How long a revoked or expired token stays in the database, in milliseconds. */
const ENDED_KEPT = 30 * 86_400_000;

/** The most entries of the audit log, however new they are: some 150 MB, at most 700. */
const MOST_ENTRIES = 500_000;

/** How many entries one transaction removes. Commands wait for one transaction at most. */
const AT_ONCE = 1_000;

export interface UpkeepOptions {
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly logger: Logger;
  /** How long an entry of the audit log is kept, in milliseconds. */
  readonly auditRetention: number;
  readonly liveRuns: () => readonly RunId[];
  /** Ids of tokens that stay, ended or not. */
  readonly keep: readonly string[];
}

/**
 * Removes old entries of the audit log and tokens that ended long ago, and writes the steady time down.
 * @returns what stops it.
 */
export function startUpkeep(options: UpkeepOptions): () => void {
  const { tokens, audit, clock, time, logger, auditRetention, keep } = options;
  let stopped = false;
  let cancel = () => {};
  let cancelTime = () => {};
  let behind = false;

  async function round(): Promise<void> {
    tokens.prune({ endedBefore: time.earliest() - ENDED_KEPT, liveRuns: options.liveRuns(), keep });
    const olderThan = time.earliest() - auditRetention;
    while (!stopped && audit.prune({ olderThan, most: MOST_ENTRIES, limit: AT_ONCE }) === AT_ONCE) {
      await nextTurn();
    }
  }

  function go(): void {
    round().catch((err) => logger.error({ err }, 'Old tokens and audit entries could not be dropped'));
    cancel = clock.after(INTERVAL, go);
  }

  function keepTime(): void {
    try {
      time.keep();
      tokens.endExpired(time.latest());
    } catch (err) {
      logger.error({ err }, 'The time could not be written to the database');
    }
    const isBehind = time.latest() - clock.now() > BEHIND;
    if (isBehind && !behind) {
      const data = { clock: new Date(clock.now()), expiry: new Date(time.latest()) };
      logger.warn(data, 'The clock was set back: tokens go on expiring by the time that it was before');
    }
    behind = isBehind;
  }

  function goOnKeepingTime(): void {
    keepTime();
    cancelTime = clock.after(TIME_KEPT_EVERY, goOnKeepingTime);
  }

  goOnKeepingTime();
  go();
  return () => {
    stopped = true;
    cancel();
    cancelTime();
    keepTime();
  };
}
