import type { IncomingMessage } from 'node:http';

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;

/** The host that a client asked by, without the port; `fallback` where it said none that can stand in a URL. */
export function requestHost(request: IncomingMessage, fallback: string): string {
  return HOST.exec(request.headers.host ?? '')?.[1] ?? fallback;
}

/**
 * Where a client asked, as an origin; where it said no host that can stand in a URL, `fallback` with the port
 * that it reached.
 */
export function requestOrigin(request: IncomingMessage, fallback: string): string {
  const asked = request.headers.host ?? '';
  return `http://${HOST.test(asked) ? asked : `${fallback}:${request.socket.localPort}`}`;
}
