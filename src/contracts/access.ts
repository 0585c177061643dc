import type { AuditEntry, NewAuditEntry, Role, Token } from '../core/access.ts';
import type { RunId } from '../core/run.ts';

/** A token as it is kept: its text is known to nobody but its owner. */
export interface TokenRecord extends Token {
  /** SHA-256 of the whole text. */
  readonly hash: Uint8Array;
}

/** Other processes (`toehold token`) write here too: nothing may be remembered over a look at `version`. */
export interface TokenStore {
  /** Survives a power cut when it returns. @throws where the id is taken, or the database's error */
  insert(token: TokenRecord): void;
  get(id: string): TokenRecord | null;
  /** Oldest first; revoked and ended ones too, as long as they are kept. */
  all(): readonly Token[];
  /** With the sessions that were begun by it. False where nothing was left to revoke. Survives a power cut. */
  revoke(id: string, at: number): boolean;
  /** Notes the use of a token, and when it ends from now on. */
  used(id: string, at: number, expiresAt: number | null): void;
  /**
   * Revokes the tokens that have expired by this time, as of the time at which each expired: they stay ended wherever
   * the clock is set. Answers how many. Survives a power cut where there were any.
   */
  endExpired(at: number): number;
  /** The role of the run's token; null where it has none. */
  roleOfRun(run: RunId): Role | null;
  /** Gives the run's token another role. */
  setRoleOfRun(run: RunId, role: Role): void;
  /** Takes the tokens of these runs away. */
  removeOfRun(run: RunId): void;
  /**
   * Removes what was revoked or has expired before the time, less the ids to keep, and RUN tokens whose run is
   * not live; answers how many.
   */
  prune(options: {
    readonly endedBefore: number;
    readonly liveRuns: readonly RunId[];
    readonly keep: readonly string[];
  }): number;
  /** Differs from the last answer when another process has written to the database meanwhile. */
  version(): number;
}

export interface AuditPageRequest {
  readonly after: number | null;
  readonly before: number | null;
  readonly limit: number;
  /** From the oldest on, where true; else the newest `limit` of the range. */
  readonly forward: boolean;
}

export interface AuditPage {
  /** Oldest first, whichever end was asked for. */
  readonly entries: readonly AuditEntry[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

export interface AuditStore {
  /** Answers its number. @throws the database's error */
  append(entry: NewAuditEntry): number;
  finish(seq: number, outcome: string, at: number): void;
  page(request: AuditPageRequest): AuditPage;
  /**
   * Removes those told before the time, and the oldest of more than `most`: at most `limit` of them. Answers how many.
   */
  prune(options: { readonly olderThan: number; readonly most: number; readonly limit: number }): number;
}

/** Who a request comes from. */
export interface Identity {
  /** The token's id; null where the server was told to ask for none (`--no-auth`). */
  readonly token: string | null;
  /** The token that limits count for: a session's is the one by which it was begun. Null where `token` is. */
  readonly account: string | null;
  readonly kind: Token['kind'] | null;
  readonly name: string;
  readonly role: Role;
  /** The thumbprint of the key that whoever asks must prove to have; null: the token is enough. */
  readonly key: string | null;
  /** Aborted when the token is worth nothing any more: what goes on in its name ends. */
  readonly ended: AbortSignal;
}

/** A token that was just made: the only time that its text is known. */
export interface NewToken {
  readonly token: Token;
  readonly text: string;
}

export interface TokenRequest {
  readonly name: string;
  readonly role: Role;
  /** Null: until it is revoked. */
  readonly expiresAt: number | null;
}

/** Tokens, sessions and one-time links: who may do what. */
export interface Access {
  /**
   * Whose text this is; null: nobody's, or one that was revoked or has ended. Takes the same time for all that exist.
   * Whoever asks calls `used` once the key is proven, where the identity has one.
   */
  authenticate(text: string): Identity | null;
  /** Notes the use of a token: a session ends some time after its last use. Never throws. */
  used(identity: Identity): void;
  /** A stream is open in the name of the token, which is in use until the answer is called. */
  streamOpened(identity: Identity): () => void;
  /** All that are worth something, oldest first. */
  tokens(): readonly Token[];
  /** The time by which tokens expire, in milliseconds since the epoch: `SteadyTime.latest`. */
  time(): number;
  /** The name is not checked here. @throws the database's error */
  create(request: TokenRequest): NewToken;
  /** Ends the token and the sessions that were begun by it, in this moment. Null where none of that id is left. */
  revoke(id: string): Token | null;
  /**
   * A secret that is good for one session of the identity, or of a lesser role, for 10 minutes.
   * Null where it may not hand anything on: a run's token, or a session's.
   */
  createLink(identity: Identity, role: Role): { readonly secret: string; readonly expiresAt: number } | null;
  /** The session that a link would make; the link stays as it is. Null where it is spent, unknown or too old. */
  previewLink(secret: string): Pick<Token, 'name' | 'role'> | null;
  /**
   * Spends the secret of a link: a session's token for it; null where it is spent, unknown or too old.
   * @param key the thumbprint of the key that the session is bound to; null or left out: it is bound to none
   * @throws the database's error, and the link is as good as before
   */
  redeemLink(secret: string, key?: string | null): NewToken | null;
}

/** What the supervisor needs for apps that ask for access of their own (`toes.api`). */
export interface RunTokens {
  /** A token that is worth something as long as the run lives, instead of any that it had. @throws the database's error */
  issue(run: RunId, appName: string, role: Role): string;
  /** The role of the run's token; null where it has none that works. @throws the database's error */
  roleOf(run: RunId): Role | null;
  /**
   * Gives the run's token this role, in this moment; null ends the token. What goes on in its name ends, and may begin
   * again. Never throws: where the database refuses, the token ends.
   */
  change(run: RunId, role: Role | null): void;
  /** The run has ended. Never throws. */
  end(run: RunId): void;
}

/** Who did what, with what outcome. */
export interface AuditLog {
  /** Committed when it returns; call the answer once, with the outcome. @throws the database's error: then do not do it */
  begin(entry: Omit<NewAuditEntry, 'at'>): (outcome: string) => void;
  /**
   * How many seconds there is no room for an entry of what changes nothing that anybody else would notice; 0: there
   * is room now, and it is taken. An account has so many entries a minute and a day, so that it cannot fill the disk
   * with them. The first without room is recorded by itself. Never throws.
   * @param account the token and the sessions that were begun by it count together
   */
  secondsUntilRoom(entry: Omit<NewAuditEntry, 'at'>, account: string): number;
  page(request: AuditPageRequest): AuditPage;
}
