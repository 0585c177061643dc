import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** A host that is valid in a URL, with or without a port. An IPv6 address is in brackets. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * Returns a check of the Host header, against DNS rebinding: a page of another site can make its own name resolve to
 * this machine, and its browser then treats this server as part of that site. But the name cannot be an address,
 * `localhost` or an allowed name.
 * @param host what the server listens on
 * @param allowed more names, each with or without a port
 */
export function createHostCheck(
  host: string,
  allowed: readonly string[],
): (header: string | undefined) => boolean {
  const known = new Set(['localhost', host, ...allowed].map((name) => name.toLowerCase()));
  // Nearly all requests have the same header.
  let accepted = '';
  return (header = '') => {
    if (header === accepted && header !== '') return true;
    const isAccepted = check(header);
    if (isAccepted) accepted = header;
    return isAccepted;
  };

  function check(header: string): boolean {
    const lower = header.toLowerCase();
    const [, name] = HOST.exec(lower) ?? [];
    if (name === undefined) return false;
    return known.has(name) || known.has(lower) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  }
}

/** The host of a request without the port; `fallback` if the header is missing or not valid in a URL. */
export function requestHost(request: IncomingMessage, fallback: string): string {
  return HOST.exec(request.headers.host ?? '')?.[1] ?? fallback;
}

/**
 * The origin to which a client sent the request. If the Host header is missing or not valid in a URL: `fallback` with
 * the port that the request reached. Behind a TLS proxy only a browser shows that it used https, by its Origin header.
 */
export function requestOrigin(request: IncomingMessage, fallback: string): string {
  const asked = request.headers.host ?? '';
  if (!HOST.test(asked)) return `http://${fallback}:${request.socket.localPort}`;
  const { origin } = request.headers;
  return origin === `https://${asked}` ? origin : `http://${asked}`;
}
