import { request } from 'node:http';
import { Readable } from 'node:stream';
import { WebSocket } from 'ws';
import type { ConnectOptions } from '../../../client/index.ts';
import { trustSocket } from '../../host/trust.ts';
import type { LiveServer } from './live-server.ts';

/** The options of `connect` that replace the port as the way to the server. */
type Transport = Pick<ConnectOptions, 'fetch' | 'webSocket'>;

/** The time limit of the request for the server's instance id, in milliseconds. */
const PATIENCE = 3_000;

/**
 * Connects through the server's Unix socket, whose place no other account can take. Null if the server has none, if the socket or a
 * directory on its path does not belong to the caller or root only, or if another server answers.
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

/** `fetch` as the client uses it: the body is a text, and there are no redirects. */
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
