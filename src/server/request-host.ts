import type { IncomingMessage } from 'node:http';

/** The host that a client asked by, without the port; `fallback` where it said none that can stand in a URL. */
export function requestHost(request: IncomingMessage, fallback: string): string {
  const [, host] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(request.headers.host ?? '') ?? [];
  return host ?? fallback;
}
