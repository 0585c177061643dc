import type { IncomingMessage } from 'node:http';

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

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
