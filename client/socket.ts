import { type Client, createClient } from 'graphql-ws/client';
import { type ServerError, serverError, ToeholdError } from './error.ts';
import {
  CLOSING,
  cut,
  findWebSocket,
  gone,
  type RawSocket,
  type WebSocketConstructor,
  watched,
} from './web-socket.ts';

/** How long a connection may take to be made, in milliseconds. */
const CONNECT_TIMEOUT = 10_000;
/** How often the server is asked whether it is there, in milliseconds. */
const PING_INTERVAL = 12_000;
/** How long nothing at all may come before the connection counts as dead, in milliseconds. */
const LONGEST_SILENCE = 35_000;
/** How long the server may take to say goodbye, in milliseconds. */
const GOODBYE = 1_000;

export interface SocketOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly webSocket: WebSocketConstructor | undefined;
}

/** Told at most one of `error` and `complete`, and nothing behind it. */
export interface Sink {
  next(data: unknown): void;
  error(error: ToeholdError): void;
  complete(): void;
}

/** One socket for all subscriptions, there as long as one of them is. It never comes back by itself. */
export interface Socket {
  /** Begins a subscription; the answer ends it quietly. */
  subscribe(query: string, variables: unknown, sink: Sink): () => void;
  /** Resolves when no socket is left. */
  idle(): Promise<void>;
}

interface Listener {
  /** Something has come: another connection would begin at the same place, and bring it again. */
  begun: boolean;
  lost(event: unknown): void;
}

export function createSocket({ url, token, webSocket }: SocketOptions): Socket {
  const listeners = new Set<Listener>();
  let client: Promise<Client> | undefined;
  let raw: RawSocket | undefined;
  let connected = false;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  let goodbye: ReturnType<typeof setTimeout> | undefined;

  async function open(): Promise<Client> {
    const found = await findWebSocket(webSocket);
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
          // Told here and not by graphql-ws alone, which subscribes once more where the code is 1000.
          for (const listener of listeners) if (listener.begun) listener.lost(event);
        },
      },
    });
    return made;
  }

  /** Something must come by then. */
  function expect(ms: number, of: Client): void {
    clearTimeout(deadline);
    deadline = setTimeout(() => drop(of), ms);
  }

  function drop(of: Client): void {
    of.terminate();
    cut(raw);
  }

  /** Nobody listens any more: graphql-ws closes what is open, but would wait for what is not yet. */
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

      function end(tell: () => void): void {
        if (ended) return;
        ended = true;
        listeners.delete(listener);
        // Not at once: graphql-ws would count twice what the server completes in the same breath.
        client?.then(
          (of) => {
            dispose();
            rest(of);
          },
          () => {},
        );
        tell();
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

/** @param event what graphql-ws tells: GraphQL errors, a close event, or an error (event) of the socket */
function errorOf(event: unknown, url: string): ToeholdError {
  if (Array.isArray(event)) return serverError(event);
  const { code, reason, message } = event as { code?: unknown; reason?: unknown; message?: unknown };
  // 4403 is what servers of this protocol say where they do not take a token.
  if (code === 4401 || code === 4403) {
    return new ToeholdError(
      'UNAUTHENTICATED',
      `The server does not take the token (any more): ${reason || code}`,
    );
  }
  const why =
    message || reason || (typeof code === 'number' ? `closed with ${code}` : 'it could not be made');
  return new ToeholdError('UNREACHABLE', `The connection to ${url} is lost: ${why}`, { cause: event });
}
