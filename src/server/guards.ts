import type { IncomingMessage } from 'node:http';
import { createHostCheck } from './hosts.ts';
import type { Origins } from './origins.ts';
import type { Refusal } from './replies.ts';

export interface GuardOptions {
  /** What the server listens on. */
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly origins: Origins;
}

/** What is looked at in every request, upgrades too, before anything else of it; null: nothing is wrong. */
export type Guard = (request: IncomingMessage) => Refusal | null;

export function createGuard({ host, allowedHosts, origins }: GuardOptions): Guard {
  const isOurs = createHostCheck(host, allowedHosts);
  return (request) => {
    const hosts = request.rawHeaders.filter((_, index) => index % 2 === 0).filter(isHost).length;
    if (hosts > 1 || !request.url?.startsWith('/')) {
      const message = 'Ask for a path, with one Host: two parties could take this request for different ones';
      return { status: 400, code: 'BAD_REQUEST', message, headers: { Connection: 'close' } };
    }
    if (!isOurs(request.headers.host)) {
      const message =
        'This server does not go by that host: ask by its address or localhost, or name the host in TOEHOLD_ALLOWED_HOSTS';
      return { status: 421, code: 'MISDIRECTED_REQUEST', message };
    }
    if (!origins.mayAsk(request)) {
      const message =
        'Pages of other origins may not ask this server: name their origin in TOEHOLD_ALLOWED_ORIGINS';
      return { status: 403, code: 'FORBIDDEN', message };
    }
    return null;
  };
}

function isHost(name: string): boolean {
  return name.toLowerCase() === 'host';
}
