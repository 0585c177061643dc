import type { TokenRecord, TokenStore } from '../contracts/access.ts';
import { idOfToken, type Token } from '../core/access.ts';
import { reasonOf } from '../core/errors.ts';
import { replaceFile } from '../host/files.ts';
import { readTrusted } from '../host/trust.ts';
import { hashOf, isTextOf, newTokenText } from './secrets.ts';

export interface FirstTokenOptions {
  readonly store: Pick<TokenStore, 'get' | 'insert' | 'all'>;
  /** The file that the command line reads the token from. Its directory must exist. */
  readonly file: string;
  readonly now: number;
  /** How a person calls this program: `toehold`, or `npx toehold`. */
  readonly command?: string;
}

export type FirstToken =
  | {
      readonly ok: true;
      /** The text in the file, if the token works. */
      readonly text: string | null;
      /** The id of the token in the file. While it is there, the database must remember that it was revoked. */
      readonly id: string | null;
      /** Sentences for a person. */
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/** More than a token and white space around it, in bytes. */
const LARGEST_TOKEN = 1_024;

/**
 * Provides the first token. A token in the file that the database does not know is added. Where no ADMIN token is left,
 * as at the first start, a new one is made and written to the file. A revoked token stays revoked, whatever the file
 * says.
 */
export async function firstToken({
  store,
  file,
  now,
  command = 'toehold',
}: FirstTokenOptions): Promise<FirstToken> {
  try {
    const read = readTrusted(file, { limit: LARGEST_TOKEN, secret: true });
    if (!read.ok && read.code === 'untrusted') {
      const message = `${read.problem}, and is not used for the first token: ${read.advice || 'remove it'}, or set TOEHOLD_TOKEN_FILE to another file`;
      return { ok: false, message };
    }
    if (!read.ok && read.code === 'unreadable') return { ok: false, message: unusable(file, read.problem) };
    const text = read.ok ? read.text.trim() : null;
    const id = text === null ? null : idOfToken(text);
    if (text !== null && id === null) {
      const message = `${file} does not hold a token (toe_…): remove it to have one made, or set TOEHOLD_TOKEN_FILE to another file`;
      return { ok: false, message };
    }
    const known = id === null ? null : store.get(id);
    if (text !== null && id !== null && !known) store.insert(firstOf(id, text, now));
    const isGood = text !== null && (!known || (isTextOf(known, text) && isValid(known, now)));
    if (isGood) return { ok: true, text, id, warnings: [] };
    const hasAdmin = store
      .all()
      .some((token) => token.kind === 'TOKEN' && token.role === 'ADMIN' && isValid(token, now));
    if (!hasAdmin) return { ok: true, ...(await makeFirst(store, file, now)), warnings: [] };
    const found = text === null ? 'is not there' : 'holds a token that was revoked or has ended';
    return {
      ok: true,
      text: null,
      id,
      warnings: [`${file} ${found}: \`${command} token create <name> --role admin\` makes another one`],
    };
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    return { ok: false, message: unusable(file, reasonOf(error)) };
  }
}

/** Writes the file first: after a kill in between, the next start adds the token to the database. */
async function makeFirst(store: FirstTokenOptions['store'], file: string, now: number) {
  const { id, text } = newTokenText();
  await replaceFile(file, `${text}\n`, { mode: 0o600 });
  store.insert(firstOf(id, text, now));
  return { id, text };
}

function firstOf(id: string, text: string, now: number): TokenRecord {
  return {
    ...{ id, name: 'first', kind: 'TOKEN', role: 'ADMIN', hash: hashOf(text), createdAt: now },
    ...{ parent: null, run: null, expiresAt: null, revokedAt: null, lastUsedAt: null, keyThumbprint: null },
  };
}

function isValid({ revokedAt, expiresAt }: Token, now: number): boolean {
  return revokedAt === null && (expiresAt === null || now < expiresAt);
}

function unusable(file: string, why: string): string {
  return `${file} cannot be used for the first token (${why}): let this user read and write it, or set TOEHOLD_TOKEN_FILE to another file`;
}
