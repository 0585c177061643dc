import { setMaxListeners } from 'node:events';
import type { TokenRecord, TokenStore } from '../contracts/access.ts';
import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Token } from '../core/access.ts';
import type { RunId } from '../core/run.ts';
import type { Uses } from './uses.ts';

/** How often to look whether another process or the time has ended tokens, in milliseconds. */
const INTERVAL = 500;

export interface LiveTokensOptions {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly logger: Logger;
  readonly uses: Uses;
  /** Whether the run has not ended, even if the database does not say so yet. */
  readonly runIsLive: (run: RunId) => boolean;
}

interface InUse {
  token: TokenRecord;
  readonly ended: AbortController;
  /** How many streams this token has open. */
  streams: number;
}

/** Which tokens are neither revoked nor expired, and a signal for each of those that are in use. */
export class LiveTokens {
  private readonly options: LiveTokensOptions;
  private readonly inUse = new Map<string, InUse>();
  private version: number | null = null;
  private cancel: (() => void) | null = null;
  private closed = false;

  constructor(options: LiveTokensOptions) {
    this.options = options;
  }

  isLive({ revokedAt, expiresAt, run, parent }: Token): boolean {
    if (revokedAt !== null) return false;
    if (expiresAt !== null && this.hasExpired(expiresAt)) return false;
    if (run !== null && !this.options.runIsLive(run)) return false;
    if (parent === null) return true;
    const begunBy = this.options.store.get(parent);
    return begunBy !== null && this.isLive(begunBy);
  }

  /** The token of this id, if it is live. */
  get(id: string): TokenRecord | null {
    const token = this.options.store.get(id);
    return token && this.isLive(token) ? token : null;
  }

  /** Fires when this token, which is live, is revoked or expires. All callers get the same signal. */
  signalOf(token: TokenRecord): AbortSignal {
    const known = this.inUse.get(token.id);
    if (known) return known.ended.signal;
    const ended = new AbortController();
    // It has a listener for each stream of this token.
    setMaxListeners(0, ended.signal);
    this.inUse.set(token.id, { token, ended, streams: 0 });
    this.watch();
    return ended.signal;
  }

  /** The token is used now. */
  used(token: TokenRecord): void {
    const noted = this.options.uses.note(token);
    const known = this.inUse.get(token.id);
    if (known) known.token = noted;
  }

  /** The token counts as used until the returned function is called, because a stream is open. */
  streamOpened(id: string): () => void {
    const known = this.inUse.get(id);
    if (!known) return () => {};
    known.streams += 1;
    return () => {
      known.streams -= 1;
      // A late note must not bring a session back that has ended.
      if (this.inUse.get(id) === known && this.isLive(known.token))
        known.token = this.options.uses.note(known.token);
    };
  }

  /** Looks at each token in use again, because this process has changed some. */
  check(): void {
    for (const id of [...this.inUse.keys()]) if (this.get(id) === null) this.end(id);
  }

  endRun(run: RunId): void {
    for (const [id, { token }] of this.inUse) if (token.run === run) this.end(id);
  }

  close(): void {
    this.closed = true;
    this.cancel?.();
    this.inUse.clear();
  }

  private end(id: string): void {
    const ended = this.inUse.get(id)?.ended;
    this.inUse.delete(id);
    ended?.abort();
  }

  /** What has expired once stays ended: that is written down before the clock can be set back. */
  private hasExpired(expiresAt: number): boolean {
    const { store, time, logger } = this.options;
    const now = time.latest();
    if (now < expiresAt) return false;
    try {
      if (store.endExpired(now) > 0) time.keep();
    } catch (err) {
      logger.error({ err }, 'The database does not take that a token has expired');
    }
    return true;
  }

  private watch(): void {
    if (this.closed || this.inUse.size === 0) return;
    this.cancel ??= this.options.clock.after(INTERVAL, () => this.look());
  }

  /** Usually no other process has written: then only the time and the runs can have ended a token. */
  private look(): void {
    const { store, logger, uses } = this.options;
    this.cancel = null;
    try {
      const found = store.version();
      if (found !== this.version) this.check();
      this.version = found;
      for (const [id, known] of this.inUse) {
        // After a machine slept longer than a session may be unused, the session has ended although its streams are open.
        if (!this.isLive(known.token)) this.end(id);
        else if (known.streams > 0) known.token = uses.note(known.token);
      }
    } catch (err) {
      // The next request looks at the database itself; streams go on until the next look.
      logger.error({ err }, 'It could not be looked whether tokens have ended');
    } finally {
      this.watch();
    }
  }
}
