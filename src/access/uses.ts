import type { TokenRecord, TokenStore } from '../contracts/access.ts';
import type { SteadyTime } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Token } from '../core/access.ts';

/** The longest life of a browser's session, however much it is used, in milliseconds. */
const SESSION_LIFETIME = 30 * 86_400_000;

/** `lastUsedAt` may be behind by this much, in milliseconds: otherwise every request would be a write. */
const NOTED_EVERY = 60_000;

/** This part of the time after which an unused session ends may pass between two notes of its use. */
const PART_OF_IDLE = 12;

export interface UsesOptions {
  readonly store: Pick<TokenStore, 'get' | 'used'>;
  readonly time: SteadyTime;
  readonly logger: Logger;
  /** How long a session may be unused, in milliseconds. */
  readonly sessionIdle: number;
}

/** When tokens were last used, and when sessions end for that reason. */
export class Uses {
  private readonly options: UsesOptions;
  private readonly sessionsEvery: number;
  /** When the database last refused to note a use, by the token's id. */
  private readonly refused = new Map<string, number>();

  constructor(options: UsesOptions) {
    this.options = options;
    this.sessionsEvery = Math.min(NOTED_EVERY, options.sessionIdle / PART_OF_IDLE);
  }

  /** Writes a use down, if the last note is old enough. @returns the token as it is then. Never throws. */
  note(token: TokenRecord): TokenRecord {
    const { store, time, logger } = this.options;
    const now = time.latest();
    const isSession = token.kind === 'SESSION';
    const last = Math.max(token.lastUsedAt ?? -Infinity, this.refused.get(token.id) ?? -Infinity);
    // A use in the future was noted while the clock was ahead.
    if (last <= now && now - last < (isSession ? this.sessionsEvery : NOTED_EVERY)) return token;
    const expiresAt = isSession ? this.sessionEnd(token) : token.expiresAt;
    try {
      store.used(token.id, now, expiresAt);
      this.refused.delete(token.id);
      return { ...token, lastUsedAt: now, expiresAt };
    } catch (err) {
      this.refused.set(token.id, now);
      logger.warn({ err, token: token.id }, 'It could not be noted that a token was used');
      return token;
    }
  }

  /** When a session ends that is used now: when it is unused for too long or too old, or with its parent token. */
  sessionEnd({ createdAt, parent }: Pick<Token, 'createdAt' | 'parent'>): number {
    const { store, time, sessionIdle } = this.options;
    const parentEnd = (parent === null ? null : store.get(parent)?.expiresAt) ?? Infinity;
    return Math.min(time.latest() + sessionIdle, createdAt + SESSION_LIFETIME, parentEnd);
  }
}
