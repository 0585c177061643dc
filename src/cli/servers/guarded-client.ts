import { WebSocket } from 'ws';
import { connect, type ToeholdClient } from '../../../client/index.ts';
import type { FoundServer } from './find-server.ts';

/** By the server's Unix socket where it has one that can be trusted, else by its address. */
export async function clientOf(found: FoundServer): Promise<ToeholdClient> {
  const { url, token, local } = found;
  // Most servers have no socket: what it takes is loaded only for those that do.
  if (token === null || local?.entry.socket === undefined) return guardedClient(found);
  const { socketTransport } = await import('./socket-transport.ts');
  const transport = await socketTransport(local);
  return transport ? connect({ url, token, ...transport }) : guardedClient(found);
}

/**
 * A client that looks, before each request and before the first message on each socket, at who listens there now: the
 * token is in these. It follows no redirect.
 */
export function guardedClient({ url, token, mayHaveToken }: FoundServer): ToeholdClient {
  if (token === null) return connect({ url });
  return connect({
    url,
    token,
    fetch: async (...args) => {
      mayHaveToken();
      return fetch(...args);
    },
    webSocket: class extends WebSocket {
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
    },
  });
}
