import { connect, type ToeholdClient, type WebSocketConstructor } from '../../../client/index.ts';
import type { FoundServer } from './find-server.ts';

/** A client that uses the server's Unix socket if that is trusted, and its address otherwise. */
export async function clientOf(found: FoundServer): Promise<ToeholdClient> {
  const { url, token, local } = found;
  // Loaded only if needed: most servers have no socket.
  if (token === null || local?.entry.socket === undefined) return guardedClient(found);
  const { socketTransport } = await import('./socket-transport.ts');
  const transport = await socketTransport(local);
  return transport ? connect({ url, token, ...transport }) : guardedClient(found);
}

/**
 * A client that checks who listens at the address before each new connection for requests and before the first message on each WebSocket,
 * because these carry the token. It follows no redirect.
 */
export function guardedClient({ url, token, mayHaveToken, fetch }: FoundServer): ToeholdClient {
  const loadWebSocket = () => guardedWebSocket(mayHaveToken);
  return connect({ url, ...(token === null ? {} : { token }), fetch, loadWebSocket });
}

/** Loaded by the first stream, because most commands have none. */
async function guardedWebSocket(mayHaveToken: () => void): Promise<WebSocketConstructor> {
  const { WebSocket } = await import('ws');
  return class extends WebSocket {
    #judged = false;

    constructor(address: string, protocols: string) {
      super(address, protocols, { followRedirects: false });
    }

    override send(...args: unknown[]): void {
      try {
        if (!this.#judged) mayHaveToken();
      } catch {
        return this.terminate();
      }
      this.#judged = true;
      Reflect.apply(super.send, this, args);
    }
  };
}
