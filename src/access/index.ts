import type { Access, RunTokens, TokenStore } from '../contracts/access.ts';
import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunId } from '../core/run.ts';
import { LiveTokens } from './live.ts';
import { TokensOfRuns } from './run-tokens.ts';
import { Tokens } from './tokens.ts';
import { Uses } from './uses.ts';

// Who may do what: tokens, browser sessions, one-time links, the tokens of runs, and the audit log. This room knows no
// HTTP and no GraphQL: the server shows it a secret, and the schema compares roles.

export { createAuditLog } from './audit-log.ts';
export { type FirstToken, firstToken } from './first-token.ts';
export { createSteadyTime } from './steady-time.ts';
export { startUpkeep } from './upkeep.ts';

/** How long a session may be unused where the options do not say, in milliseconds. */
const SESSION_IDLE = 12 * 3_600_000;

export interface AccessOptions {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly logger: Logger;
  /** Whether the run has not ended, even if the database does not say so yet. */
  readonly runIsLive: (run: RunId) => boolean;
  /** How long a session may be unused before it ends, in milliseconds; 12 hours where it is left out. */
  readonly sessionIdle?: number;
}

export interface AccessControl {
  readonly access: Access;
  readonly runTokens: RunTokens;
  /** Stops looking whether tokens have ended. */
  close(): void;
}

export function createAccess(options: AccessOptions): AccessControl {
  const { store, clock, time, logger, sessionIdle = SESSION_IDLE } = options;
  const ended = new Set<RunId>();
  const runIsLive = (run: RunId) => !ended.has(run) && options.runIsLive(run);
  const uses = new Uses({ store, time, logger, sessionIdle });
  const live = new LiveTokens({ store, clock, time, logger, uses, runIsLive });
  const access = new Tokens({ store, clock, time, live, uses });
  const make: Tokens['make'] = (about) => access.make(about);
  const runTokens = new TokensOfRuns({ store, live, logger, ended, runIsLive, make });
  return { access, runTokens, close: () => live.close() };
}
