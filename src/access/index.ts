import type { Access, Identity, NewToken, RunTokens, TokenRecord, TokenStore } from '../contracts/access.ts';
import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import { idOfToken, includesRole, type Token } from '../core/access.ts';
import type { RunId } from '../core/run.ts';
import { createLinks } from './links.ts';
import { createLiveTokens } from './live.ts';
import { hashOf, isTextOf, newTokenText } from './secrets.ts';

export { createAuditLog } from './audit-log.ts';
export { type FirstToken, firstToken } from './first-token.ts';
export { createSteadyTime } from './steady-time.ts';
export { startUpkeep } from './upkeep.ts';

/** How long a browser's session lasts, in milliseconds. */
const SESSION_LIFETIME = 30 * 86_400_000;

/** So many browsers are logged in by way of one token at most: the one that was used longest ago makes room. */
const MOST_SESSIONS = 100;

/** `lastUsedAt` is no more exact than this, in milliseconds: else every request would be a write. */
const USE_NOTED_EVERY = 3_600_000;

export interface AccessOptions {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly logger: Logger;
  /** Whether the run has not ended, whatever the database has been told of it yet. */
  readonly runIsLive: (run: RunId) => boolean;
}

export interface AccessControl {
  readonly access: Access;
  readonly runTokens: RunTokens;
  /** Looks no more whether tokens have ended. */
  close(): void;
}

export function createAccess(options: AccessOptions): AccessControl {
  const { store, clock, time, logger } = options;
  /** Runs that have ended, whose tokens the database would not let go. */
  const over = new Set<RunId>();
  const runIsLive = (run: RunId) => !over.has(run) && options.runIsLive(run);
  const live = createLiveTokens({ ...options, runIsLive });
  const links = createLinks(clock);
  /** When the use of a token was last noted, or was tried to be; forgotten with the token. */
  const noted = new WeakMap<AbortSignal, number>();

  function noteUse({ id, lastUsedAt }: TokenRecord, ended: AbortSignal): void {
    const now = time.latest();
    const last = Math.max(lastUsedAt ?? -Infinity, noted.get(ended) ?? -Infinity);
    // A use that lies in the future was noted while the clock was ahead.
    if (last <= now && now - last < USE_NOTED_EVERY) return;
    noted.set(ended, now);
    try {
      store.used(id, now);
    } catch (err) {
      logger.warn({ err, token: id }, 'It could not be noted that a token was used');
    }
  }

  function liveToken(id: string): TokenRecord | null {
    const token = store.get(id);
    return token && live.isLive(token) ? token : null;
  }

  function make(about: Pick<Token, 'name' | 'kind' | 'role' | 'expiresAt'> & Partial<Token>): NewToken {
    const { id, text } = newTokenText();
    const unused = { parent: null, run: null, revokedAt: null, lastUsedAt: null };
    const token: Token = { ...unused, ...about, id, createdAt: clock.now() };
    store.insert({ ...token, hash: hashOf(text) });
    return { token, text };
  }

  const access: Access = {
    authenticate(text) {
      const id = idOfToken(text);
      const token = id === null ? null : store.get(id);
      if (!token || !isTextOf(token, text) || !live.isLive(token)) return null;
      const ended = live.signalOf(token);
      noteUse(token, ended);
      const { kind, name, role } = token;
      return { token: token.id, account: token.parent ?? token.id, kind, name, role, ended };
    },
    time: time.latest,
    tokens: () => store.all().filter(live.isLive),
    create: (request) => make({ ...request, kind: 'TOKEN' }),
    revoke(id) {
      const token = liveToken(id);
      if (!token) return null;
      const at = clock.now();
      store.revoke(id, at);
      live.check();
      const { hash: _, ...rest } = token;
      return { ...rest, revokedAt: at };
    },
    createLink({ token, kind, role: own }: Identity, role) {
      if (token === null || kind !== 'TOKEN' || !includesRole(own, role)) return null;
      return links.create({ token, role });
    },
    redeemLink(secret) {
      return links.redeem(secret, (owner) => {
        const parent = liveToken(owner.token);
        if (!parent) return null;
        makeRoomForSession(parent.id);
        const expiresAt = Math.min(time.latest() + SESSION_LIFETIME, parent.expiresAt ?? Infinity);
        const about = { kind: 'SESSION', name: `${parent.name} (browser)`, role: owner.role } as const;
        return make({ ...about, parent: parent.id, expiresAt });
      });
    },
  };

  function makeRoomForSession(parent: string): void {
    const sessions = access.tokens().filter((token) => token.parent === parent);
    if (sessions.length < MOST_SESSIONS) return;
    const usedAt = ({ lastUsedAt, createdAt }: Token) => lastUsedAt ?? createdAt;
    const [idlest] = sessions.sort((one, other) => usedAt(one) - usedAt(other));
    if (idlest) access.revoke(idlest.id);
  }

  const runTokens: RunTokens = {
    issue(run, appName, role) {
      live.endRun(run);
      store.removeOfRun(run);
      return make({ kind: 'RUN', name: `${appName} (app)`, role, run, expiresAt: null }).text;
    },
    roleOf: (run) => (runIsLive(run) ? store.roleOfRun(run) : null),
    change(run, role) {
      if (role === null) return runTokens.end(run);
      try {
        const before = store.roleOfRun(run);
        if (before === null || before === role) return;
        store.setRoleOfRun(run, role);
        live.endRun(run);
      } catch (err) {
        logger.warn({ err, run }, 'The role of a run’s token could not be changed, and the token has ended');
        runTokens.end(run);
      }
    },
    end(run) {
      live.endRun(run);
      try {
        store.removeOfRun(run);
      } catch (err) {
        over.add(run);
        logger.warn(
          { err, run },
          'The token of a run that ended stays in the database, and is worth nothing',
        );
      }
    },
  };

  return { access, runTokens, close: live.close };
}
