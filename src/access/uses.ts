import type { TokenRecord, TokenStore } from '../contracts/access.ts';
import type { SteadyTime } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Token } from '../core/access.ts';

/** The longest life of a browser's session, however much it is used, in milliseconds. */
const SESSION_LIFETIME = 30 * 86_400_000;

/** `lastUsedAt` is no more exact than this, in milliseconds: else every request would be a write. */
const NOTED_EVERY = 60_000;

/** Of the time after which an unused session ends, so large a part may pass between two notes of its use. */
const PART_OF_IDLE = 12;

export interface UsesOptions {
  readonly store: Pick<TokenStore, 'get' | 'used'>;
  readonly time: SteadyTime;
  readonly logger: Logger;
  /** How long a session may be unused, in milliseconds. */
  readonly sessionIdle: number;
}

/** When tokens were last used, and when sessions end by that. */
export interface Uses {
  /** Notes a use, now and then; answers with the token as it is then. Never throws. */
  note(token: TokenRecord): TokenRecord;
  /** When a session ends that is used now: it was unused for too long, is too old, or its parent ends. */
  sessionEnd(session: Pick<Token, 'createdAt' | 'parent'>): number;
}

export function createUses({ store, time, logger, sessionIdle }: UsesOptions): Uses {
  const sessionsEvery = Math.min(NOTED_EVERY, sessionIdle / PART_OF_IDLE);
  /** When a use was last tried to be noted that the database refused, by the token's id. */
  const refused = new Map<string, number>();

  function sessionEnd({ createdAt, parent }: Pick<Token, 'createdAt' | 'parent'>): number {
    const parentEnd = (parent === null ? null : store.get(parent)?.expiresAt) ?? Infinity;
    return Math.min(time.latest() + sessionIdle, createdAt + SESSION_LIFETIME, parentEnd);
  }

  return {
    sessionEnd,
    note(token) {
      const now = time.latest();
      const isSession = token.kind === 'SESSION';
      const last = Math.max(token.lastUsedAt ?? -Infinity, refused.get(token.id) ?? -Infinity);
      // A use that lies in the future was noted while the clock was ahead.
      if (last <= now && now - last < (isSession ? sessionsEvery : NOTED_EVERY)) return token;
      const expiresAt = isSession ? sessionEnd(token) : token.expiresAt;
      try {
        store.used(token.id, now, expiresAt);
        refused.delete(token.id);
        return { ...token, lastUsedAt: now, expiresAt };
      } catch (err) {
        refused.set(token.id, now);
        logger.warn({ err, token: token.id }, 'It could not be noted that a token was used');
        return token;
      }
    },
  };
}
