import type { ConnectOptions } from '../../../client/index.ts';
import { trustSocket } from '../../host/trust.ts';
import { httpFetch } from './http.ts';
import { instanceAt, type LiveServer } from './live-server.ts';

/** The options of `connect` that replace the port as the way to the server. */
type Transport = Pick<ConnectOptions, 'fetch' | 'loadWebSocket'>;

/**
 * Connects through the server's Unix socket, whose place no other account can take. Null if the server has none, if the socket or a
 * directory on its path does not belong to the caller or root only, or if another server answers.
 */
export async function socketTransport({
  entry: { socket, instanceId },
}: Pick<LiveServer, 'entry'>): Promise<Transport | null> {
  if (socket === undefined || !trustSocket(socket).ok) return null;
  const fetch = httpFetch({ socketPath: socket });
  const instance = await instanceAt('http://localhost', fetch);
  return instance === instanceId ? { fetch, loadWebSocket: () => webSocketBy(socket) } : null;
}

async function webSocketBy(socket: string) {
  // Loaded by the first stream, because most commands have none.
  const { WebSocket } = await import('ws');
  return class extends WebSocket {
    constructor(url: string, protocols: string) {
      super(`ws+unix:${socket}:${new URL(url).pathname}`, protocols);
    }
  };
}
