import { createClient } from 'graphql-ws';
import { Client, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from 'urql';

/** VITE_TOEHOLD_URL at build time, or the page's own origin, which the proxy serves. */
const endpoint = new URL('/graphql', import.meta.env.VITE_TOEHOLD_URL || location.href);

/** Makes a client with a token. `refused` is called when the server refuses the token. */
export function openClient(token: string, refused: () => void): Client {
  const authorization = `Bearer ${token}`;
  const socket = createClient({
    url: endpoint.href.replace('http', 'ws'),
    connectionParams: { authorization },
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    on: {
      // 4401 and 4403: no token, or one that is wrong or revoked.
      closed: (event) => [4401, 4403].includes((event as CloseEvent).code) && refused(),
    },
  });
  return new Client({
    url: endpoint.href,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
    exchanges: [
      mapExchange({ onError: ({ response }) => response?.status === 401 && refused() }),
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
}
