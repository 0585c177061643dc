import type { TokenRecord, TokenStore } from '../contracts/access.ts';
import { idOfToken, type Token } from '../core/access.ts';
import { reasonOf } from '../core/errors.ts';
import { hashOf, isTextOf, newTokenText } from './secrets.ts';
import { closeToOthers, isOpenToOthers, readTokenFile, writeTokenFile } from './token-file.ts';

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

const MAKE_ONE = '`toehold token create <name> --role admin` makes another one';

/**
 * Sees to it that there is a token to begin with. What stands in the file and was never seen becomes one;
 * where there is no ADMIN's token, the first time above all, one is made and put there. A token that was
 * revoked stays so, whatever the file says.
 */
export function firstToken({ store, file, now }: FirstTokenOptions): FirstToken {
  try {
    const text = readTokenFile(file);
    const id = text === null ? null : idOfToken(text);
    if (text !== null && id === null) {
      const message = `${file} does not hold a token (toe_…): remove it to have one made, or set TOEHOLD_TOKEN_FILE to another file`;
      return { ok: false, message };
    }
    const known = id === null ? null : store.get(id);
    if (text !== null && id !== null && !known) store.insert(firstOf(id, text, now));
    const isGood = text !== null && (!known || (isTextOf(known, text) && isWorthSomething(known, now)));
    if (isGood) return { ok: true, text, id, warnings: closed(file) };
    const hasAdmin = store
      .all()
      .some((token) => token.kind === 'TOKEN' && token.role === 'ADMIN' && isWorthSomething(token, now));
    if (!hasAdmin) return { ok: true, ...makeFirst(store, file, now), warnings: [] };
    const found = text === null ? 'is not there' : 'holds a token that was revoked or has ended';
    return { ok: true, text: null, id, warnings: [`${file} ${found}: ${MAKE_ONE}`] };
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const advice = 'let this user read and write it, or set TOEHOLD_TOKEN_FILE to another file';
    return {
      ok: false,
      message: `${file} cannot be used for the first token (${reasonOf(error)}): ${advice}`,
    };
  }
}

/** The file first: what stands there and is not known yet is taken by the next start. */
function makeFirst(store: FirstTokenOptions['store'], file: string, now: number) {
  const { id, text } = newTokenText();
  writeTokenFile(file, text);
  store.insert(firstOf(id, text, now));
  return { id, text };
}

function firstOf(id: string, text: string, now: number): TokenRecord {
  return {
    ...{ id, name: 'first', kind: 'TOKEN', role: 'ADMIN', hash: hashOf(text), createdAt: now },
    ...{ parent: null, run: null, expiresAt: null, revokedAt: null, lastUsedAt: null },
  };
}

function isWorthSomething({ revokedAt, expiresAt }: Token, now: number): boolean {
  return revokedAt === null && (expiresAt === null || now < expiresAt);
}

/** A secret that somebody else put there with too many rights is closed, where the system lets us. */
function closed(file: string): string[] {
  if (!isOpenToOthers(file)) return [];
  try {
    closeToOthers(file);
    return [`${file} could be read by others: it is closed to them now (0600)`];
  } catch {
    return [`${file} can be read by others on this machine: whoever does may do everything here`];
  }
}
