import { graphqlAddress, socketAddress } from './address.ts';
import type { Arguments, TypedDocument } from './document.ts';
import { createEnding, endable } from './ending.ts';
import { ToeholdError } from './error.ts';
import { createFeed } from './feed.ts';
import { type FollowPlace, follow } from './follow.ts';
import { followingEvents, followingLogs } from './following.ts';
import { ask, type Fetch } from './http.ts';
import type { EventItem, FollowEventsOptions, FollowLogsOptions, LogItem } from './items.ts';
import { createSocket } from './socket.ts';
import { findWebSocket, type WebSocketConstructor } from './web-socket.ts';

/** The time limit of the HTTP request that finds out why a WebSocket failed, in milliseconds. */
const DIAGNOSIS = 5_000;

/** How to reach a server. */
export interface ConnectOptions {
  /** The address of the server, such as `http://127.0.0.1:3000`. */
  readonly url: string | URL;
  /** The access token. */
  readonly token?: string;
  /** Used instead of the environment's `fetch`. */
  readonly fetch?: Fetch;
  /** Used instead of the environment's WebSocket. In Node without one, the default is that of `ws`. */
  readonly webSocket?: WebSocketConstructor;
  /** Loads the WebSocket to use when the first stream begins, if `webSocket` is not given. */
  readonly loadWebSocket?: () => Promise<WebSocketConstructor>;
}

/** A client of one server. */
export interface ToeholdClient {
  /**
   * Runs a query or a mutation over HTTP. An expected failure of a mutation is part of its answer: check `__typename`.
   * @throws ToeholdError; if `signal` is aborted, its reason
   *
   * @example
   * const { apps } = await toehold.request(AppsDocument);
   * const { startApp } = await toehold.request(StartAppDocument, { input: { app: { name: 'hello' }, wait: true } });
   * if (startApp.__typename !== 'StartAppSuccess') console.error(startApp.message);
   */
  request<Data = unknown, Variables = Record<string, never>>(
    document: TypedDocument<Data, Variables>,
    ...args: Arguments<Variables>
  ): Promise<Data>;
  /**
   * Runs a subscription over WebSocket. All subscriptions of a client share one socket. The subscription ends with the connection. It buffers
   * what its reader has not taken, without a limit. An abort ends it without an error.
   * @throws ToeholdError, from the iterator: UNREACHABLE if the connection is lost, or the server's error
   *
   * @example
   * const document = 'subscription { events { ... on EventBatch { events { at } } } }';
   * for await (const { events } of toehold.subscribe<{ events: object }>(document)) console.log(events);
   */
  subscribe<Data = unknown, Variables = Record<string, never>>(
    document: TypedDocument<Data, Variables>,
    ...args: Arguments<Variables>
  ): AsyncIterableIterator<Data>;
  /**
   * Streams that never end. They continue after lost connections and restarts of the server; no item is missed, and none comes twice. A gap
   * stands for items that the server no longer has. Iterate over each stream once. It keeps few items in memory, even if its reader is slow.
   */
  readonly follow: {
    /**
     * Log lines: the last ones, or those after `after`, and then new ones. An abort ends it without an error.
     * @throws ToeholdError, from the iterator, if another attempt would not help: UNAUTHENTICATED, FORBIDDEN, BAD_CURSOR, APP_NOT_FOUND
     *
     * @example
     * for await (const item of toehold.follow.logs({ apps: [{ name: 'hello' }], last: 10 })) {
     *   if (item.kind === 'line') console.log(item.at, item.text);
     *   if (item.kind === 'gap') console.log(`Lines are lost: ${item.reason}`);
     * }
     */
    logs(options?: FollowLogsOptions): AsyncIterableIterator<LogItem>;
    /**
     * Events: those after `after`, and then new ones.
     * @throws ToeholdError, from the iterator, as `logs` does
     *
     * @example
     * const { eventCursor } = await toehold.request(EventCursorDocument);
     * for await (const item of toehold.follow.events({ after: eventCursor, signal })) {
     *   if (item.kind === 'event' && item.__typename === 'AppStateChangedEvent') console.log(item.appName, item.to);
     * }
     */
    events(options?: FollowEventsOptions): AsyncIterableIterator<EventItem>;
  };
  /**
   * Ends every stream without an error and every request with the code CLOSED. Resolves when the socket is closed.
   *
   * @example
   * await toehold.close();
   */
  close(): Promise<void>;
}

/**
 * Makes a client of the server at `url`. It connects only while a request or a stream needs it.
 * @throws Error if `url` is not an address
 *
 * @example
 * const toehold = connect({ url: 'http://127.0.0.1:3000', token });
 * for (const app of (await toehold.request(AppsDocument)).apps.nodes) console.log(app.icon, app.name, app.state);
 */
export function connect(options: ConnectOptions): ToeholdClient {
  const { token, webSocket, loadWebSocket } = options;
  const address = graphqlAddress(options.url);
  // Looked up at each call, because tests and tracing replace it.
  const fetch: Fetch = options.fetch ?? ((...args) => globalThis.fetch(...args));
  const http = { address, token, fetch };
  const socket = createSocket({
    url: socketAddress(address),
    token,
    findWebSocket: () => (!webSocket && loadWebSocket ? loadWebSocket() : findWebSocket(webSocket)),
  });
  const closing = new AbortController();

  async function request(query: string, variables: unknown, signal?: AbortSignal): Promise<unknown> {
    const ending = createEnding([closing.signal, signal]);
    try {
      ending.signal.throwIfAborted();
      return await ask(http, query, variables, ending.signal);
    } finally {
      ending.release();
    }
  }

  /** Finds out over HTTP why a WebSocket failed. The socket does not say why, and a server that is closing also answers 4403. */
  async function diagnose(error: ToeholdError, signal: AbortSignal): Promise<ToeholdError> {
    if (error.errors.length > 0 || !['UNREACHABLE', 'UNAUTHENTICATED'].includes(error.code)) return error;
    const impatience = new AbortController();
    const timer = setTimeout(() => impatience.abort(), DIAGNOSIS);
    const ending = createEnding([signal, impatience.signal]);
    try {
      await request('{ __typename }', undefined, ending.signal);
      return new ToeholdError('UNREACHABLE', error.message, { cause: error });
    } catch (answer) {
      return answer instanceof ToeholdError && answer.errors.length > 0
        ? answer
        : new ToeholdError('UNREACHABLE', error.message, { cause: error });
    } finally {
      clearTimeout(timer);
      ending.release();
    }
  }

  function stream<Item>(
    signal: AbortSignal | undefined,
    run: (place: FollowPlace) => AsyncGenerator<Item, void, undefined>,
  ): AsyncIterableIterator<Item, void, undefined> {
    return endable([closing.signal, signal], (signal) => run({ socket, diagnose, signal }));
  }

  return {
    async request<Data, Variables>(
      document: TypedDocument<Data, Variables>,
      ...[variables, { signal } = {}]: Arguments<Variables>
    ) {
      return (await request(String(document), variables, signal)) as Data;
    },
    subscribe<Data, Variables>(
      document: TypedDocument<Data, Variables>,
      ...[variables, { signal } = {}]: Arguments<Variables>
    ) {
      return stream(signal, async function* ({ signal, diagnose }) {
        const feed = createFeed(
          socket,
          { query: String(document), variables },
          { limit: Number.POSITIVE_INFINITY, signal },
        );
        try {
          for (let data = await feed.next(); data !== undefined; data = await feed.next()) {
            yield data as Data;
          }
        } catch (error) {
          throw error instanceof ToeholdError ? await diagnose(error, signal) : error;
        } finally {
          feed.stop();
        }
      });
    },
    follow: {
      logs: (options = {}) => stream(options.signal, (place) => follow(followingLogs(options), place)),
      events: (options = {}) => stream(options.signal, (place) => follow(followingEvents(options), place)),
    },
    async close() {
      closing.abort(new ToeholdError('CLOSED', 'This client was closed'));
      await socket.idle();
    },
  };
}
