import { setMaxListeners } from 'node:events';
import type { TokenRecord, TokenStore } from '../contracts/access.ts';
import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Token } from '../core/access.ts';
import type { RunId } from '../core/run.ts';

/** How often it is looked whether tokens have ended, by another process or by the time, in milliseconds. */
const INTERVAL = 500;

export interface LiveTokensOptions {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly logger: Logger;
  /** Whether the run has not ended, whatever the database has been told of it yet. */
  readonly runIsLive: (run: RunId) => boolean;
  /** Notes that a token, whose streams are open, is used; answers with the token as it is then. */
  readonly noteUse: (token: TokenRecord) => TokenRecord;
}

interface InUse {
  token: TokenRecord;
  readonly ended: AbortController;
  /** How many streams are open in its name. */
  streams: number;
}

/** Which tokens are worth something, and a signal for each of those that are in use. */
export interface LiveTokens {
  isLive(token: Token): boolean;
  /** Aborted when the token, which is live, is worth nothing any more; the same one for everybody who asks. */
  signalOf(token: TokenRecord): AbortSignal;
  /** A use of the token was noted: this is what it is now. */
  update(token: TokenRecord): void;
  /** A stream is open in the name of the token until the answer is called: that is a use of it. */
  streamOpened(id: string): () => void;
  /** Looks at each token in use again: this process has changed some. */
  check(): void;
  endRun(run: RunId): void;
  close(): void;
}

export function createLiveTokens(options: LiveTokensOptions): LiveTokens {
  const { store, clock, time, logger, runIsLive, noteUse } = options;
  const inUse = new Map<string, InUse>();
  let version: number | null = null;
  let cancel: (() => void) | null = null;
  let closed = false;

  function isLive({ revokedAt, expiresAt, run, parent }: Token): boolean {
    if (revokedAt !== null) return false;
    if (expiresAt !== null && hasExpired(expiresAt)) return false;
    if (run !== null && !runIsLive(run)) return false;
    if (parent === null) return true;
    const begunBy = store.get(parent);
    return begunBy !== null && isLive(begunBy);
  }

  /** What has expired once stays ended: that is written down before the clock can be set back. */
  function hasExpired(expiresAt: number): boolean {
    const now = time.latest();
    if (now < expiresAt) return false;
    try {
      if (store.endExpired(now) > 0) time.keep();
    } catch (err) {
      logger.error({ err }, 'The database does not take that a token has expired');
    }
    return true;
  }

  function end(id: string): void {
    const ended = inUse.get(id)?.ended;
    inUse.delete(id);
    ended?.abort();
  }

  function check(): void {
    for (const id of [...inUse.keys()]) {
      const token = store.get(id);
      if (!token || !isLive(token)) end(id);
    }
  }

  /** Most looks find that nobody else has written: then only the time and the runs can have ended one. */
  function look(): void {
    cancel = null;
    try {
      const found = store.version();
      if (found !== version) check();
      version = found;
      for (const [id, known] of inUse) {
        // A machine that slept for longer than a session may be unused finds its streams open: it has ended.
        if (!isLive(known.token)) end(id);
        else if (known.streams > 0) known.token = noteUse(known.token);
      }
    } catch (err) {
      // What asks next is told by its own look at the database; streams go on until the next look.
      logger.error({ err }, 'It could not be looked whether tokens have ended');
    } finally {
      watch();
    }
  }

  function watch(): void {
    if (closed || inUse.size === 0) return;
    cancel ??= clock.after(INTERVAL, look);
  }

  return {
    isLive,
    check,
    signalOf(token) {
      const known = inUse.get(token.id);
      if (known) return known.ended.signal;
      const ended = new AbortController();
      // As many listen as there are streams by this token.
      setMaxListeners(0, ended.signal);
      inUse.set(token.id, { token, ended, streams: 0 });
      watch();
      return ended.signal;
    },
    update(token) {
      const known = inUse.get(token.id);
      if (known) known.token = token;
    },
    streamOpened(id) {
      const known = inUse.get(id);
      if (!known) return () => {};
      known.streams += 1;
      return () => {
        known.streams -= 1;
        // A use that is noted late must not bring a session back that has ended.
        if (inUse.get(id) === known && isLive(known.token)) known.token = noteUse(known.token);
      };
    },
    endRun(run) {
      for (const [id, { token }] of inUse) if (token.run === run) end(id);
    },
    close() {
      closed = true;
      cancel?.();
      inUse.clear();
    },
  };
}
