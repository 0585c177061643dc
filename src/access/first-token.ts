import type { TokenRecord, TokenStore } from '../contracts/access.ts';
import { idOfToken, type Token } from '../core/access.ts';
import { reasonOf } from '../core/errors.ts';
import { replaceFile } from '../host/files.ts';
import { readTrusted } from '../host/trust.ts';
import { hashOf, isTextOf, newTokenText } from './secrets.ts';

export interface FirstTokenOptions {
  readonly store: Pick<TokenStore, 'get' | 'insert' | 'all'>;
  /** Where the token stands, for the command line; the directory must be there. */
  readonly file: string;
  readonly now: number;
}

export type FirstToken =
  | {
      readonly ok: true;
      /** The text in the file, if it is worth something. */
      readonly text: string | null;
      /** The id of what stands in the file: as long as it does, nobody may forget that it was revoked. */
      readonly id: string | null;
      /** Sentences for a person. */
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/** More than a token and white space around it, in bytes. */
const LARGEST_TOKEN = 1_024;

const MAKE_ONE = '`toehold token create <name> --role admin` makes another one';

/**
 * Sees to it that there is a token to begin with. What stands in the file and was never seen becomes one;
 * where there is no ADMIN's token, the first time above all, one is made and put there. A token that was
 * revoked stays so, whatever the file says.
 */
export async function firstToken({ store, file, now }: FirstTokenOptions): Promise<FirstToken> {
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
    const isGood = text !== null && (!known || (isTextOf(known, text) && isWorthSomething(known, now)));
    if (isGood) return { ok: true, text, id, warnings: [] };
    const hasAdmin = store
      .all()
      .some((token) => token.kind === 'TOKEN' && token.role === 'ADMIN' && isWorthSomething(token, now));
    if (!hasAdmin) return { ok: true, ...(await makeFirst(store, file, now)), warnings: [] };
    const found = text === null ? 'is not there' : 'holds a token that was revoked or has ended';
    return { ok: true, text: null, id, warnings: [`${file} ${found}: ${MAKE_ONE}`] };
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    return { ok: false, message: unusable(file, reasonOf(error)) };
  }
}

/** The file first: what stands there and is not known yet is taken by the next start. */
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

function isWorthSomething({ revokedAt, expiresAt }: Token, now: number): boolean {
  return revokedAt === null && (expiresAt === null || now < expiresAt);
}

function unusable(file: string, why: string): string {
  return `${file} cannot be used for the first token (${why}): let this user read and write it, or set TOEHOLD_TOKEN_FILE to another file`;
}
