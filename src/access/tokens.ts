import type {
  Access,
  Identity,
  NewToken,
  TokenRecord,
  TokenRequest,
  TokenStore,
} from '../contracts/access.ts';
import type { Clock, SteadyTime } from '../contracts/clock.ts';
import { idOfToken, includesRole, type Role, type Token } from '../core/access.ts';
import { Links } from './links.ts';
import type { LiveTokens } from './live.ts';
import { hashOf, isTextOf, newTokenText } from './secrets.ts';
import type { Uses } from './uses.ts';

/** How many browsers may be logged in by one token. The session that was used longest ago makes room. */
const MOST_SESSIONS = 100;

/** What a new token must say; the rest has a default. */
export type NewTokenFields = Pick<Token, 'name' | 'kind' | 'role' | 'expiresAt'> & Partial<Token>;

export interface TokensOptions {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly time: SteadyTime;
  readonly live: LiveTokens;
  readonly uses: Uses;
}

/** Tokens, sessions and one-time links. */
export class Tokens implements Access {
  private readonly options: TokensOptions;
  private readonly links: Links;

  constructor(options: TokensOptions) {
    this.options = options;
    this.links = new Links(options.clock);
  }

  authenticate(text: string): Identity | null {
    const { store, live } = this.options;
    const id = idOfToken(text);
    const token = id === null ? null : store.get(id);
    if (!token || !isTextOf(token, text) || !live.isLive(token)) return null;
    const { kind, name, role, keyThumbprint: key } = token;
    const account = token.parent ?? token.id;
    return { token: token.id, account, kind, name, role, key, ended: live.signalOf(token) };
  }

  time(): number {
    return this.options.time.latest();
  }

  used({ token: id }: Identity): void {
    const token = id === null ? null : this.options.live.get(id);
    if (token) this.options.live.used(token);
  }

  streamOpened({ token }: Identity): () => void {
    return token === null ? () => {} : this.options.live.streamOpened(token);
  }

  tokens(): readonly Token[] {
    return this.options.store.all().filter((token) => this.options.live.isLive(token));
  }

  create(request: TokenRequest): NewToken {
    return this.make({ ...request, kind: 'TOKEN' });
  }

  revoke(id: string): Token | null {
    const { store, clock, live } = this.options;
    const token = live.get(id);
    if (!token) return null;
    const at = clock.now();
    store.revoke(id, at);
    live.check();
    const { hash: _, ...rest } = token;
    return { ...rest, revokedAt: at };
  }

  createLink(identity: Identity, role: Role): { readonly secret: string; readonly expiresAt: number } | null {
    const { token, kind, role: own } = identity;
    if (token === null || kind !== 'TOKEN' || !includesRole(own, role)) return null;
    return this.links.create({ token, role });
  }

  previewLink(secret: string): Pick<Token, 'name' | 'role'> | null {
    const owner = this.links.ownerOf(secret);
    const parent = owner && this.options.live.get(owner.token);
    return parent && { name: sessionName(parent), role: owner.role };
  }

  redeemLink(secret: string, key: string | null = null): NewToken | null {
    return this.links.redeem(secret, (owner) => {
      const parent = this.options.live.get(owner.token);
      return parent && this.beginSession(parent, owner.role, key);
    });
  }

  /** Stores a new token. @throws the database's error */
  make(about: NewTokenFields): NewToken {
    const { store, clock } = this.options;
    const { id, text } = newTokenText();
    const unused = { parent: null, run: null, revokedAt: null, lastUsedAt: null, keyThumbprint: null };
    const token: Token = { ...unused, createdAt: clock.now(), ...about, id };
    store.insert({ ...token, hash: hashOf(text) });
    return { token, text };
  }

  private beginSession(parent: TokenRecord, role: Role, key: string | null): NewToken {
    this.makeRoomForSession(parent.id);
    // Its greatest age counts from here, whatever the wall clock is set to.
    const createdAt = this.options.time.latest();
    const expiresAt = this.options.uses.sessionEnd({ createdAt, parent: parent.id });
    const about = { kind: 'SESSION', name: sessionName(parent), role } as const;
    return this.make({ ...about, createdAt, parent: parent.id, expiresAt, keyThumbprint: key });
  }

  private makeRoomForSession(parent: string): void {
    const sessions = this.tokens().filter((token) => token.parent === parent);
    if (sessions.length < MOST_SESSIONS) return;
    const usedAt = ({ lastUsedAt, createdAt }: Token) => lastUsedAt ?? createdAt;
    const [idlest] = sessions.sort((one, other) => usedAt(one) - usedAt(other));
    if (idlest) this.revoke(idlest.id);
  }
}

function sessionName({ name }: Token): string {
  return `${name} (browser)`;
}
