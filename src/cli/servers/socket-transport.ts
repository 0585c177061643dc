import { request } from 'node:http';
import { Readable } from 'node:stream';
import { WebSocket } from 'ws';
import type { ConnectOptions } from '../../../client/index.ts';
import { trustSocket } from '../../host/trust.ts';
import type { LiveServer } from './live-server.ts';

/** What `connect` takes to reach a server otherwise than by its port. */
export type Transport = Pick<ConnectOptions, 'fetch' | 'webSocket'>;

/** How long the server may take to say by its socket who it is, in milliseconds. */
const PATIENCE = 3_000;

/**
 * The way to a server by its Unix socket, whose place no other account can take. Null where it listens on none, where
 * the socket, or the way to it, is not the caller's or root's alone, or where another server answers.
 */
export async function socketTransport({
  entry: { socket, instanceId },
}: Pick<LiveServer, 'entry'>): Promise<Transport | null> {
  if (socket === undefined || !trustSocket(socket).ok) return null;
  const bySocket = fetchBy(socket);
  const health = new URL('http://localhost/healthz');
  try {
    const answer = await bySocket(health, { signal: AbortSignal.timeout(PATIENCE) });
    const { instance } = (await answer.json()) as { instance?: unknown };
    return instance === instanceId ? { fetch: bySocket, webSocket: webSocketBy(socket) } : null;
  } catch {
    return null;
  }
}

/** `fetch` as the client uses it: a text that is sent whole, no redirects. */
function fetchBy(socketPath: string): typeof globalThis.fetch {
  return (input, { method = 'GET', headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const { pathname, search } = new URL(String(input));
      const call = request({
        ...{ socketPath, method, path: `${pathname}${search}`, agent: false },
        headers: Object.fromEntries(new Headers(headers)),
        ...(signal ? { signal } : {}),
      });
      call.once('error', reject);
      call.once('response', (response) => {
        const { statusCode: status = 0 } = response;
        resolve(new Response(Readable.toWeb(response) as ReadableStream, { status }));
      });
      call.end(body);
    });
}

function webSocketBy(socket: string): NonNullable<Transport['webSocket']> {
  return class extends WebSocket {
    constructor(url: string, protocols: string) {
      super(`ws+unix:${socket}:${new URL(url).pathname}`, protocols);
    }
  };
}
