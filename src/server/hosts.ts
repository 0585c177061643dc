import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** A host as it can stand in a URL, with its port or without; an IPv6 address in brackets. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/**
 * Whether a client that says this host means this server. A page of another site can have its own name
 * resolve to this machine (DNS rebinding), and its browser then takes it for this server's own: but it cannot
 * make its name an address, or `localhost`, or one that was allowed.
 * @param host what the server listens on
 * @param allowed more names, each with or without a port
 */
export function createHostCheck(
  host: string,
  allowed: readonly string[],
): (header: string | undefined) => boolean {
  const known = new Set(['localhost', host, ...allowed].map((name) => name.toLowerCase()));
  return (header = '') => {
    const said = header.toLowerCase();
    const [, name] = HOST.exec(said) ?? [];
    if (name === undefined) return false;
    return known.has(name) || known.has(said) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  };
}

/** The host that a client asked by, without the port; `fallback` where it said none that can stand in a URL. */
export function requestHost(request: IncomingMessage, fallback: string): string {
  return HOST.exec(request.headers.host ?? '')?.[1] ?? fallback;
}

/**
 * Where a client asked, as an origin; where it said no host that can stand in a URL, `fallback` with the port
 * that it reached. Behind a TLS proxy only a browser tells that it asked by https: by the origin of its page.
 */
export function requestOrigin(request: IncomingMessage, fallback: string): string {
  const asked = request.headers.host ?? '';
  if (!HOST.test(asked)) return `http://${fallback}:${request.socket.localPort}`;
  const { origin } = request.headers;
  return origin === `https://${asked}` ? origin : `http://${asked}`;
}
