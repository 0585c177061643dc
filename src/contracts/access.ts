import type { AuditEntry, NewAuditEntry, Role, Token } from '../core/access.ts';
import type { RunId } from '../core/run.ts';

/** A token as the database has it: not its text, which only its owner has. */
export interface TokenRecord extends Token {
  /** SHA-256 of the token's text. */
  readonly hash: Uint8Array;
}

/** Other processes (`toehold token`) write here, too: what was read is out of date as soon as `version` differs. */
export interface TokenStore {
  /** Survives a power failure once it returns. @throws where the id is taken; the database's error */
  insert(token: TokenRecord): void;
  get(id: string): TokenRecord | null;
  /** Oldest first, with the revoked and expired ones that are still kept. */
  all(): readonly Token[];
  /** Revokes the token and its sessions. False where none of them was left to revoke. Survives a power failure. */
  revoke(id: string, at: number): boolean;
  /** Writes down the use of a token, and when it now expires (null: never), in milliseconds since the epoch. */
  used(id: string, at: number, expiresAt: number | null): void;
  /**
   * Revokes each token that has expired by this time, as of the moment at which it expired: it stays revoked even where
   * the clock is set back. Returns how many. Survives a power failure where there were any.
   */
  endExpired(at: number): number;
  /** The role of the run's token; null where it has none. */
  roleOfRun(run: RunId): Role | null;
  /** Gives the run's token another role. */
  setRoleOfRun(run: RunId, role: Role): void;
  /** Removes the run's token. */
  removeOfRun(run: RunId): void;
  /**
   * Removes tokens that were revoked or expired before the time, except the ids to keep, and RUN tokens whose run is
   * not live. Returns how many.
   */
  prune(options: {
    readonly endedBefore: number;
    readonly liveRuns: readonly RunId[];
    readonly keep: readonly string[];
  }): number;
  /** Differs from the last answer where another process has written to the database since. */
  version(): number;
}

export interface AuditPageRequest {
  readonly after: number | null;
  readonly before: number | null;
  readonly limit: number;
  /** True: the oldest `limit` of the range; false: the newest. */
  readonly forward: boolean;
}

export interface AuditPage {
  /** Oldest first, whatever `forward` says. */
  readonly entries: readonly AuditEntry[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

export interface AuditStore {
  /** Returns the entry's number. @throws the database's error */
  append(entry: NewAuditEntry): number;
  finish(seq: number, outcome: string, at: number): void;
  page(request: AuditPageRequest): AuditPage;
  /** Removes entries from before the time, and the oldest beyond `most`: at most `limit` of them. Returns how many. */
  prune(options: { readonly olderThan: number; readonly most: number; readonly limit: number }): number;
}

/** Who makes a request. */
export interface Identity {
  /** The token's id; null where the server asks for no token (`--no-auth`). */
  readonly token: string | null;
  /** The token that limits count against: for a session, the token that began it. Null where `token` is null. */
  readonly account: string | null;
  readonly kind: Token['kind'] | null;
  readonly name: string;
  readonly role: Role;
  /** The thumbprint of the key that the client must prove to have; null: the token is enough. */
  readonly key: string | null;
  /** Fires when the token is revoked or expires. Streams and sockets end when it fires. */
  readonly ended: AbortSignal;
}

/** A new token. Its text is known at this moment only. */
export interface NewToken {
  readonly token: Token;
  readonly text: string;
}

export interface TokenRequest {
  readonly name: string;
  readonly role: Role;
  /** In milliseconds since the epoch; null: it does not expire. */
  readonly expiresAt: number | null;
}

/** What a page of an allowed origin asks for (RFC 7636). */
export interface CodeRequest {
  /** Exactly as browsers write it. */
  readonly origin: string;
  /** The SHA-256 of its verifier, in base64url. */
  readonly challenge: string;
}

/** What must come with a code. */
export interface CodeProof {
  /** The origin that the request came from. */
  readonly origin: string;
  readonly verifier: string;
}

/** Tokens, sessions, one-time links and codes. */
export interface Access {
  /**
   * Who has this token; null where it is unknown, revoked or expired. Takes the same time for every token that exists.
   * The caller then calls `used`, after the client has proven the key where the identity has one.
   */
  authenticate(text: string): Identity | null;
  /** Writes down a use of the token: a session expires some time after its last use. Never throws. */
  used(identity: Identity): void;
  /** The token is in use until the returned function is called, because a stream is open. */
  streamOpened(identity: Identity): () => void;
  /** All that are neither revoked nor expired, oldest first. */
  tokens(): readonly Token[];
  /** The time by which tokens expire, in milliseconds since the epoch: `SteadyTime.latest`. */
  time(): number;
  /**
   * Whether the identity may make access that outlives its own: tokens that people made, sessions of this server's own
   * pages that are bound to a key, and everybody where the server requires no tokens. Other sessions can be stolen.
   */
  mayPassOn(identity: Identity): boolean;
  /** Does not check the name, and not who asks. @throws the database's error */
  create(request: TokenRequest): NewToken;
  /** Revokes the token and its sessions, at once. Null where no such token is left. @throws the database's error */
  revoke(id: string): Token | null;
  /**
   * A secret that begins one session with this role, which the identity must include, within 10 minutes.
   * Null for the token of a run or of a session: it may not pass its access on.
   */
  createLink(identity: Identity, role: Role): { readonly secret: string; readonly expiresAt: number } | null;
  /** The session that a link would begin. Does not use the link up. Null where it is used, unknown or too old. */
  previewLink(secret: string): Pick<Token, 'name' | 'role'> | null;
  /**
   * Uses a link up and begins its session. Null where the link is used, unknown or too old.
   * @param key the thumbprint of the key that the session is bound to; null or left out: it is bound to none
   * @throws the database's error; then the link can still be used
   */
  redeemLink(secret: string, key?: string | null): NewToken | null;
  /**
   * A code by which a page of another origin begins one session with this role, within a minute. Null where the
   * identity may not pass its access on, or has no token.
   */
  createCode(
    identity: Identity,
    request: CodeRequest,
  ): { readonly secret: string; readonly expiresAt: number } | null;
  /**
   * Uses a code up and begins its session. Null where the code is used, unknown or too old, or the proof is not that
   * of the page that asked for it: the code is used up then, too.
   * @param key as for `redeemLink`
   * @throws the database's error; the code is used up then, too
   */
  redeemCode(code: string, proof: CodeProof, key?: string | null): NewToken | null;
}

/** The tokens that runs get for this API (`toes.api`). */
export interface RunTokens {
  /**
   * A new token for the run, in place of any that it had. It works as long as the run lives.
   * @throws the database's error
   */
  issue(run: RunId, appName: string, role: Role): string;
  /** The role of the run's token; null where it has none that works. @throws the database's error */
  roleOf(run: RunId): Role | null;
  /**
   * Gives the run's token this role, at once; null revokes the token. Its streams end, and the app may begin them
   * again. Never throws: where the database refuses, the token no longer works.
   */
  change(run: RunId, role: Role | null): void;
  /** The run has ended. Never throws. */
  end(run: RunId): void;
}

/** The audit log: who did what, with what outcome. */
export interface AuditLog {
  /**
   * Commits an entry before the act. Call the returned function once, with the outcome.
   * @throws the database's error; then the act must not be done
   */
  begin(entry: Omit<NewAuditEntry, 'at'>): (outcome: string) => void;
  /**
   * Takes one of the account's entries for acts that change nothing for others, such as making a link. Returns 0, or
   * after how many seconds the account has one again: it has a number of them a minute and a day, so that it cannot
   * fill the disk. The first refusal has an entry of its own. Never throws.
   * @param account the token that limits count against: `Identity.account`
   */
  secondsUntilRoom(entry: Omit<NewAuditEntry, 'at'>, account: string): number;
  page(request: AuditPageRequest): AuditPage;
}
