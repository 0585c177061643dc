import type {
  Access,
  CodeProof,
  CodeRequest,
  Identity,
  NewToken,
  TokenRecord,
  TokenRequest,
  TokenStore,
} from '../contracts/access.ts';
import type { Clock, SteadyTime } from '../contracts/clock.ts';
import { idOfToken, includesRole, type Role, type Token } from '../core/access.ts';
import type { LiveTokens } from './live.ts';
import { type CodeOwner, type LinkOwner, OneTimeSecrets } from './one-time-secrets.ts';
import { digestOf, hashOf, isTextOf, newTokenText } from './secrets.ts';
import type { Uses } from './uses.ts';

/** How long a link can be opened, and a code be exchanged, in milliseconds. */
const LINK_LIFETIME = 600_000;
const CODE_LIFETIME = 60_000;

/** How many browsers may be logged in by one token. The session that was used longest ago makes room. */
const MOST_SESSIONS = 100;

/** The end of the name of a session of this server's own pages. No token that a person names can end like it. */
const BROWSER = ' (browser)';

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
  private readonly links: OneTimeSecrets<LinkOwner>;
  private readonly codes: OneTimeSecrets<CodeOwner>;

  constructor(options: TokensOptions) {
    this.options = options;
    this.links = new OneTimeSecrets(options.clock, LINK_LIFETIME);
    this.codes = new OneTimeSecrets(options.clock, CODE_LIFETIME);
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
    return parent && { name: `${parent.name}${BROWSER}`, role: owner.role };
  }

  redeemLink(secret: string, key: string | null = null): NewToken | null {
    return this.links.redeem(secret, (owner) => {
      const parent = this.options.live.get(owner.token);
      return parent && this.beginSession(parent, owner.role, key);
    });
  }

  createCode(
    identity: Identity,
    { origin, challenge }: CodeRequest,
  ): { readonly secret: string; readonly expiresAt: number } | null {
    const { token: id, role } = identity;
    const token = id === null ? null : this.options.live.get(id);
    if (!token || !this.mayPassOn(identity)) return null;
    return this.codes.create({ token: token.parent ?? token.id, role, origin, challenge });
  }

  mayPassOn({ token: id, kind, key }: Identity): boolean {
    if (id === null || kind === 'TOKEN') return true;
    const name = this.options.live.get(id)?.name ?? '';
    return kind === 'SESSION' && key !== null && name.endsWith(BROWSER);
  }

  redeemCode(code: string, shown: CodeProof, key: string | null = null): NewToken | null {
    // A code that was shown with anything wrong is used up, too.
    const owner = this.codes.take(code);
    if (!owner || owner.origin !== shown.origin || owner.challenge !== digestOf(shown.verifier)) return null;
    const parent = this.options.live.get(owner.token);
    return parent && this.beginSession(parent, owner.role, key, ` (${owner.origin})`);
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

  private beginSession(parent: TokenRecord, role: Role, key: string | null, where = BROWSER): NewToken {
    this.makeRoomForSession(parent.id);
    // Its greatest age counts from here, whatever the wall clock is set to.
    const createdAt = this.options.time.latest();
    const expiresAt = this.options.uses.sessionEnd({ createdAt, parent: parent.id });
    const about = { kind: 'SESSION', name: `${parent.name}${where}`, role } as const;
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
