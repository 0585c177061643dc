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

/** Sets the security headers of every response. A page overrides some of them. */
export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of HEADERS) response.setHeader(name, value);
}

/** The policy of a page: what every response has, plus these directives. */
export function allowInPage(directives: Readonly<Record<string, readonly string[]>>): string {
  const added = Object.entries(directives).map(([name, sources]) => `; ${name} ${sources.join(' ')}`);
  return NOTHING + added.join('');
}

/** The source expression for an inline script or style sheet, of the text between its tags. */
export function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
