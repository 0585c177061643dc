import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: readonly (readonly [string, string])[] = [
  ['Content-Security-Policy', NOTHING],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ['Cache-Control', 'no-store'],
];

/** What every answer says to browsers; a page says in place of some of it what it needs. */
export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of HEADERS) response.setHeader(name, value);
}

/** Lets a page load what is named, and nothing else. Directives are added to those that every answer has. */
export function allowInPage(directives: Readonly<Record<string, readonly string[]>>): string {
  const added = Object.entries(directives).map(([name, sources]) => `; ${name} ${sources.join(' ')}`);
  return NOTHING + added.join('');
}

/** A script or a style sheet as a policy names it: by what stands between its tags. */
export function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
