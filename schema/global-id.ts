import type { AppId } from '../src/core/app.ts';

/** The id of a thing of the schema, as clients see it: the same for ever, and opaque to them. */
export function encodeGlobalId(typename: string, id: number): string {
  return btoa(`${typename}:${id}`);
}

/** What an id names, or null where this server never gave it out. */
export function decodeGlobalId(text: string): { readonly typename: string; readonly id: number } | null {
  if (text.length > 64) return null;
  let plain: string;
  try {
    plain = atob(text);
  } catch {
    return null;
  }
  const [, typename, digits] = /^([A-Za-z]+):(\d{1,15})$/.exec(plain) ?? [];
  return typename && digits ? { typename, id: Number(digits) } : null;
}

/** The app's number, or null where the id is not an app's. */
export function decodeAppId(text: string): AppId | null {
  const decoded = decodeGlobalId(text);
  return decoded?.typename === 'App' ? decoded.id : null;
}
