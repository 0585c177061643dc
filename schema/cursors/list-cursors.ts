import type { RunId } from '../../src/core/run.ts';
import { badCursor } from '../errors.ts';

/** Cursors of lists that are no journals: they name the item itself, so they hold while others come and go. */

export function encodeAppCursor(name: string): string {
  return btoa(`a:${encodeURIComponent(name)}`);
}

/** The app's name. @throws GraphQLError BAD_CURSOR */
export function decodeAppCursor(text: string): string {
  const name = payload(text, 'a');
  if (name === null) throw badCursor(foreign('an app', text));
  return name;
}

export function encodeRunCursor(run: RunId): string {
  return btoa(`r:${run}`);
}

/** @throws GraphQLError BAD_CURSOR */
export function decodeRunCursor(text: string): RunId {
  const digits = payload(text, 'r');
  if (digits === null || !/^\d{1,15}$/.test(digits)) throw badCursor(foreign('a run', text));
  return Number(digits);
}

export function encodeAuditCursor(seq: number): string {
  return btoa(`u:${seq}`);
}

/** The entry's number. @throws GraphQLError BAD_CURSOR */
export function decodeAuditCursor(text: string): number {
  const digits = payload(text, 'u');
  if (digits === null || !/^\d{1,15}$/.test(digits)) throw badCursor(foreign('an audit log', text));
  return Number(digits);
}

function payload(text: string, kind: string): string | null {
  try {
    const plain = atob(text);
    return plain.startsWith(`${kind}:`) ? decodeURIComponent(plain.slice(2)) : null;
  } catch {
    return null;
  }
}

function foreign(kind: string, found: string): string {
  return `"${found.slice(0, 64)}" is not ${kind} cursor: send one that this server gave you, unchanged`;
}
