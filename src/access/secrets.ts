import { hash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { TokenRecord } from '../contracts/access.ts';
import { tokenText } from '../core/access.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const ID_LENGTH = 10;

/** 256 random bits in base64url: 43 characters. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** A new token. */
export function newTokenText(): { readonly id: string; readonly text: string } {
  const id = Array.from({ length: ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return { id, text: tokenText(id, newSecret()) };
}

/** The hash under which a secret is stored. A slow hash would add nothing, because the secret has 256 random bits. */
export function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** The challenge of a verifier (RFC 7636, S256). */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** Takes the same time wherever the two differ. */
export function isTextOf(token: Pick<TokenRecord, 'hash'>, text: string): boolean {
  return isSameHash(token.hash, hashOf(text));
}

export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
