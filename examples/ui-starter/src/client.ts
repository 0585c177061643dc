import { createClient } from 'graphql-ws';
import { Client, cacheExchange, fetchExchange, mapExchange, subscriptionExchange } from 'urql';

/** The page's own origin, where the proxy is; else what VITE_TOEHOLD_URL said when this was built. */
const endpoint = new URL('/graphql', import.meta.env.VITE_TOEHOLD_URL || location.href);

/** A client for a token; `refused` is called when the server does not take it, or does not any more. */
export function openClient(token: string, refused: () => void): Client {
  const authorization = `Bearer ${token}`;
  const socket = createClient({
    url: endpoint.href.replace('http', 'ws'),
    connectionParams: { authorization },
    lazy: true,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    on: {
      // 4401 and 4403: no token, a wrong one, or one that was revoked.
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
