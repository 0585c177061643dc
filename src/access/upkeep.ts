import type { AuditStore, TokenStore } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunId } from '../core/run.ts';

/** Between two rounds, in milliseconds: what is kept for days need not go to the minute. */
const INTERVAL = 3_600_000;

/** How long a token that has ended is still known by its name, in milliseconds. */
const ENDED_KEPT = 30 * 86_400_000;

/** So many entries go in one transaction: commands wait for no longer than that. */
const AT_ONCE = 1_000;

export interface UpkeepOptions {
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long an entry of the audit log is kept, in milliseconds. */
  readonly auditRetention: number;
  readonly liveRuns: () => readonly RunId[];
  /** Ids of tokens that stay, ended or not. */
  readonly keep: readonly string[];
}

/** Ends the stay of old entries of the audit log and of tokens that have ended. The answer stops it. */
export function startUpkeep(options: UpkeepOptions): () => void {
  const { tokens, audit, clock, logger, auditRetention, keep } = options;
  let stopped = false;
  let cancel = () => {};

  async function round(): Promise<void> {
    tokens.prune({ endedBefore: clock.now() - ENDED_KEPT, liveRuns: options.liveRuns(), keep });
    const olderThan = clock.now() - auditRetention;
    while (!stopped && audit.prune({ olderThan, limit: AT_ONCE }) === AT_ONCE) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function go(): void {
    round().catch((err) => logger.error({ err }, 'Old tokens and audit entries could not be dropped'));
    cancel = clock.after(INTERVAL, go);
  }

  go();
  return () => {
    stopped = true;
    cancel();
  };
}
