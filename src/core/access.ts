import type { RunId } from './run.ts';

/** What a caller may do; each includes those before it. */
export type Role = 'VIEWER' | 'OPERATOR' | 'ADMIN';

const RANK: Readonly<Record<Role, number>> = { VIEWER: 0, OPERATOR: 1, ADMIN: 2 };

export const ROLES = Object.keys(RANK) as readonly Role[];

/** Whether a caller with the role may do what needs the other one. */
export function includesRole(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

/** The lesser of two roles: what is handed on is never more than what one has. */
export function lesserRole(one: Role, other: Role): Role {
  return includesRole(one, other) ? other : one;
}

/**
 * How a token came to be. TOKEN: a person made it. SESSION: a browser's, by way of a one-time link.
 * RUN: given to a run of an app that asks for it, and invalid after that run.
 */
export type TokenKind = 'TOKEN' | 'SESSION' | 'RUN';

/** A token, without its secret, of which only a hash is kept. Times are in milliseconds since the epoch. */
export interface Token {
  /** Its public part: it stands in front of the secret, in lists and in the audit log. */
  readonly id: string;
  /** The actor of what is done with it. */
  readonly name: string;
  readonly kind: TokenKind;
  readonly role: Role;
  /** The token by which a SESSION was begun: it ends with it. */
  readonly parent: string | null;
  /** The run of a RUN. */
  readonly run: RunId | null;
  readonly createdAt: number;
  /** Null: it lasts until it is revoked. A SESSION's moves on with each use. */
  readonly expiresAt: number | null;
  /** When it was revoked, or expired where that was found; null: neither. What is set here stays. */
  readonly revokedAt: number | null;
  /** To the minute or so; null: never used. An open stream uses its token. */
  readonly lastUsedAt: number | null;
  /**
   * The SHA-256 thumbprint (RFC 7638) of the key that a browser's session is bound to: a caller that uses the session
   * must prove to have that key. Null: the text of the token is enough.
   */
  readonly keyThumbprint: string | null;
}

const TOKEN_TEXT = /^toe_([a-z0-9]{10})_[A-Za-z0-9_-]{43}$/;

/** The text of a token that a client sends: `toe_`, the id, and 256 bits in base64url. */
export function tokenText(id: string, secret: string): string {
  return `toe_${id}_${secret}`;
}

/** The id in a token's text; null where it is not a token's text at all. */
export function idOfToken(text: string): string | null {
  return TOKEN_TEXT.exec(text)?.[1] ?? null;
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._:@-]{0,62}$/u;

/** What is wrong with a token's name, as a sentence for a person; null: nothing. */
export function tokenNameProblem(name: string): string | null {
  if (NAME.test(name) && name.trim() === name) return null;
  return 'A token’s name has 1 to 63 letters, numbers, spaces and . _ : @ -, and begins with a letter or number';
}

/** The longest part of an input that is kept in the audit log, in UTF-16 code units. */
export const LONGEST_AUDIT_INPUT = 1_024;

/** The longest text within such an input: names and ids are shorter. */
export const LONGEST_AUDIT_TEXT = 128;

/** A mutation on its way into the audit log. */
export interface NewAuditEntry {
  readonly at: number;
  /** The token's name. */
  readonly actor: string;
  /** The token's id; null where the server asks for none. */
  readonly token: string | null;
  readonly role: Role;
  /** The mutation's field: `renameApp`. */
  readonly action: string;
  /** Its arguments as JSON, cut at LONGEST_AUDIT_INPUT. */
  readonly input: string;
}

export interface AuditEntry extends NewAuditEntry {
  /** Grows; none is used twice. */
  readonly seq: number;
  /**
   * Its result: `OK`, the code of the error (`APP_NOT_FOUND`, `FORBIDDEN`), or null: it is under way, or
   * the server ended before it knew.
   */
  readonly outcome: string | null;
  /** When that was known. */
  readonly endedAt: number | null;
}
