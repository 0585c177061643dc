import type { Access, Identity, NewToken, RunTokens, TokenRecord, TokenStore } from '../contracts/access.ts';
import type { Clock, SteadyTime } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import { idOfToken, includesRole, type Token } from '../core/access.ts';
import type { RunId } from '../core/run.ts';
import { createLinks } from './links.ts';
import { createLiveTokens } from './live.ts';
import { hashOf, isTextOf, newTokenText } from './secrets.ts';
import { createUses } from './uses.ts';

export { createAuditLog } from './audit-log.ts';
export { type FirstToken, firstToken } from './first-token.ts';
export { createSteadyTime } from './steady-time.ts';
export { startUpkeep } from './upkeep.ts';

/** How long a session may be unused where nobody says so, in milliseconds. */
const SESSION_IDLE = 12 * 3_600_000;

/** So many browsers are logged in by way of one token at most: the one that was used longest ago makes room. */
const MOST_SESSIONS = 100;

export interface AccessOptions {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly logger: Logger;
  /** Whether the run has not ended, whatever the database has been told of it yet. */
  readonly runIsLive: (run: RunId) => boolean;
  /** How long a session may be unused before it ends, in milliseconds; 12 hours where it is left out. */
  readonly sessionIdle?: number;
}

export interface AccessControl {
  readonly access: Access;
  readonly runTokens: RunTokens;
  /** Looks no more whether tokens have ended. */
  close(): void;
}

export function createAccess(options: AccessOptions): AccessControl {
  const { store, clock, time, logger, sessionIdle = SESSION_IDLE } = options;
  /** Runs that have ended, whose tokens the database would not let go. */
  const over = new Set<RunId>();
  const runIsLive = (run: RunId) => !over.has(run) && options.runIsLive(run);
  const uses = createUses({ store, time, logger, sessionIdle });
  const live = createLiveTokens({ ...options, runIsLive, noteUse: uses.note });
  const links = createLinks(clock);

  function liveToken(id: string): TokenRecord | null {
    const token = store.get(id);
    return token && live.isLive(token) ? token : null;
  }

  function make(about: Pick<Token, 'name' | 'kind' | 'role' | 'expiresAt'> & Partial<Token>): NewToken {
    const { id, text } = newTokenText();
    const unused = { parent: null, run: null, revokedAt: null, lastUsedAt: null, keyThumbprint: null };
    const token: Token = { ...unused, createdAt: clock.now(), ...about, id };
    store.insert({ ...token, hash: hashOf(text) });
    return { token, text };
  }

  const access: Access = {
    authenticate(text) {
      const id = idOfToken(text);
      const token = id === null ? null : store.get(id);
      if (!token || !isTextOf(token, text) || !live.isLive(token)) return null;
      const { kind, name, role, keyThumbprint: key } = token;
      const account = token.parent ?? token.id;
      return { token: token.id, account, kind, name, role, key, ended: live.signalOf(token) };
    },
    time: time.latest,
    used({ token: id }) {
      const token = id === null ? null : liveToken(id);
      if (token) live.update(uses.note(token));
    },
    streamOpened: ({ token }) => (token === null ? () => {} : live.streamOpened(token)),
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
    previewLink(secret) {
      const owner = links.ownerOf(secret);
      const parent = owner && liveToken(owner.token);
      return parent && { name: sessionName(parent), role: owner.role };
    },
    redeemLink(secret, key = null) {
      return links.redeem(secret, (owner) => {
        const parent = liveToken(owner.token);
        if (!parent) return null;
        makeRoomForSession(parent.id);
        // Its greatest age is counted from here, wherever the clock is set.
        const createdAt = time.latest();
        const expiresAt = uses.sessionEnd({ createdAt, parent: parent.id });
        const about = { kind: 'SESSION', name: sessionName(parent), role: owner.role } as const;
        return make({ ...about, createdAt, parent: parent.id, expiresAt, keyThumbprint: key });
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

function sessionName({ name }: Token): string {
  return `${name} (browser)`;
}
