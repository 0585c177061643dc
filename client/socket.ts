import type { Client } from 'graphql-ws/client';
import { type ServerError, serverError, ToeholdError } from './error.ts';
import { CLOSING, cut, gone, type RawSocket, type WebSocketConstructor, watched } from './web-socket.ts';

/** The time limit for making a connection, in milliseconds. */
const CONNECT_TIMEOUT = 10_000;
/** The time between two pings, in milliseconds. */
const PING_INTERVAL = 12_000;
/** A connection without any message for this time is lost. Milliseconds. */
const LONGEST_SILENCE = 35_000;
/** The time limit of the closing handshake, in milliseconds. */
const GOODBYE = 1_000;

interface SocketOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly findWebSocket: () => Promise<WebSocketConstructor>;
}

/** At most one of `error` and `complete` is called, and nothing after it. */
interface Sink {
  next(data: unknown): void;
  error(error: ToeholdError): void;
  complete(): void;
}

/** One WebSocket for all subscriptions, open as long as there is one. It does not reconnect by itself. */
export interface Socket {
  /** Starts a subscription. @returns ends it without an error */
  subscribe(query: string, variables: unknown, sink: Sink): () => void;
  /** Resolves when no socket is left. */
  idle(): Promise<void>;
}

interface Listener {
  /** A payload has come, so subscribing again from the same position would repeat it. */
  begun: boolean;
  lost(event: unknown): void;
}

export function createSocket({ url, token, findWebSocket }: SocketOptions): Socket {
  const listeners = new Set<Listener>();
  let client: Promise<Client> | undefined;
  let raw: RawSocket | undefined;
  let connected = false;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let goodbye: ReturnType<typeof setTimeout> | undefined;

  async function open(): Promise<Client> {
    // Loaded by the first stream: most clients only send requests.
    const [found, { createClient }] = await Promise.all([findWebSocket(), import('graphql-ws/client')]);
    const made: Client = createClient({
      url,
      webSocketImpl: watched(found, (socket) => {
        raw = socket;
      }),
      connectionParams: token === undefined ? {} : { authorization: `Bearer ${token}` },
      retryAttempts: 0,
      keepAlive: PING_INTERVAL,
      on: {
        connecting: () => expect(CONNECT_TIMEOUT, made),
        connected: () => {
          connected = true;
        },
        message: () => expect(LONGEST_SILENCE, made),
        closed: (event) => {
          clearTimeout(deadline);
          clearTimeout(goodbye);
          connected = false;
          // Not left to graphql-ws, which subscribes again if the code is 1000.
          for (const listener of listeners) if (listener.begun) listener.lost(event);
        },
      },
    });
    return made;
  }

  /** Drops the connection if no message comes within a time in milliseconds. */
  function expect(ms: number, of: Client): void {
    clearTimeout(deadline);
    deadline = setTimeout(() => drop(of), ms);
  }

  function drop(of: Client): void {
    of.terminate();
    cut(raw);
  }

  /** Closes the socket after the last subscription. graphql-ws closes an open socket, but waits for one that is still connecting. */
  function rest(of: Client): void {
    if (listeners.size > 0) return;
    clearTimeout(deadline);
    clearTimeout(goodbye);
    if (!connected) return drop(of);
    const leaving = raw;
    goodbye = setTimeout(() => {
      if (leaving === raw && (listeners.size === 0 || leaving?.readyState === CLOSING)) drop(of);
    }, GOODBYE);
  }

  return {
    subscribe(query, variables, sink) {
      let ended = false;
      let dispose = (): void => {};
      const listener: Listener = {
        begun: false,
        lost: (event) => end(() => sink.error(errorOf(event, url))),
      };

      function end(report: () => void): void {
        if (ended) return;
        ended = true;
        listeners.delete(listener);
        // Asynchronously, because graphql-ws would count a subscription twice if the server completes it at the same time.
        client?.then(
          (of) => {
            dispose();
            rest(of);
          },
          () => {},
        );
        report();
      }

      listeners.add(listener);
      client ??= open();
      client.then(
        (of) => {
          if (ended) return;
          dispose = of.subscribe(
            { query, variables: variables as Record<string, unknown> },
            {
              next: ({ data, errors }) => {
                if (ended) return;
                listener.begun = true;
                if (errors?.length) end(() => sink.error(serverError(errors as readonly ServerError[])));
                else sink.next(data);
              },
              error: (error) => end(() => sink.error(errorOf(error, url))),
              complete: () => end(() => sink.complete()),
            },
          );
        },
        (error) => {
          client = undefined;
          end(() => sink.error(error));
        },
      );
      return () => end(() => {});
    },
    idle: () => gone(raw),
  };
}

/** @param event from graphql-ws: GraphQL errors, a close event, or an error (event) of the socket */
function errorOf(event: unknown, url: string): ToeholdError {
  if (Array.isArray(event)) return serverError(event);
  const { code, reason, message } = event as { code?: unknown; reason?: unknown; message?: unknown };
  // Servers of this protocol close with 4403 if they refuse the token.
  if (code === 4401 || code === 4403) {
    return new ToeholdError('UNAUTHENTICATED', `The server refuses the token: ${reason || code}`);
  }
  const why =
    message || reason || (typeof code === 'number' ? `closed with ${code}` : 'it could not be made');
  return new ToeholdError('UNREACHABLE', `The connection to ${url} is lost: ${why}`, { cause: event });
}
