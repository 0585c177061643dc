import { graphqlAddress, socketAddress } from './address.ts';
import type { Arguments, TypedDocument } from './document.ts';
import { createEnding, endable } from './ending.ts';
import { ToeholdError } from './error.ts';
import { createFeed } from './feed.ts';
import { type FollowPlace, follow } from './follow.ts';
import { followingEvents, followingLogs } from './following.ts';
import { ask } from './http.ts';
import type { EventItem, FollowEventsOptions, FollowLogsOptions, LogItem } from './items.ts';
import { createSocket } from './socket.ts';
import type { WebSocketConstructor } from './web-socket.ts';

/** How long the server may take to say by HTTP why there is no WebSocket, in milliseconds. */
const DIAGNOSIS = 5_000;

/** How to reach a server. */
export interface ConnectOptions {
  /** Where it is, like `http://127.0.0.1:3000`. */
  readonly url: string | URL;
  /** What it lets you in by. */
  readonly token?: string;
  /** Another `fetch` than the environment's. */
  readonly fetch?: typeof globalThis.fetch;
  /** Another WebSocket than the environment's. In Node without one, `ws` is taken. */
  readonly webSocket?: WebSocketConstructor;
}

/** A server, as its client sees it. */
export interface ToeholdClient {
  /**
   * A query or a mutation, by HTTP. What a mutation could not do is a value of its answer, told by `__typename`.
   * @throws ToeholdError; where `signal` is aborted, its reason.
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
   * A subscription of your own, over WebSocket; all of a client share one socket. It ends with the connection, and
   * keeps what its reader does not take. An abort ends it quietly.
   * @throws ToeholdError, by the iterator: UNREACHABLE where the connection is lost, or what the server told
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
   * Streams that go on for ever: over broken connections and restarts of the server, where nothing is missed and
   * nothing comes twice. What the server no longer has is told as a gap. Each is iterated over once, and holds few
   * items in memory, however slow its reader is.
   */
  readonly follow: {
    /**
     * Lines: the last ones, or those behind `after`, and then as they come.
     * @throws ToeholdError, by the iterator, where trying again would not help: UNAUTHENTICATED, FORBIDDEN,
     * BAD_CURSOR, APP_NOT_FOUND. An abort ends it quietly.
     *
     * @example
     * for await (const item of toehold.follow.logs({ apps: [{ name: 'hello' }], last: 10 })) {
     *   if (item.kind === 'line') console.log(item.at, item.text);
     *   if (item.kind === 'gap') console.log(`Lines are lost: ${item.reason}`);
     * }
     */
    logs(options?: FollowLogsOptions): AsyncIterableIterator<LogItem>;
    /**
     * Events: those behind `after`, and then as they happen.
     * @throws ToeholdError, by the iterator, as `logs` does
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
   * Ends every stream quietly and every request with the code CLOSED; resolves when the socket is closed.
   *
   * @example
   * await toehold.close();
   */
  close(): Promise<void>;
}

/**
 * A client of the server at `url`. Nothing is sent before you ask for something, and nothing is left open when
 * nothing is asked for.
 * @throws Error where `url` is no address
 *
 * @example
 * const toehold = connect({ url: 'http://127.0.0.1:3000', token });
 * for (const app of (await toehold.request(AppsDocument)).apps.nodes) console.log(app.icon, app.name, app.state);
 */
export function connect(options: ConnectOptions): ToeholdClient {
  const { token, webSocket } = options;
  const address = graphqlAddress(options.url);
  // Looked up at each call: tests and tracing put their own in its place.
  const http = { address, token, fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)) };
  const socket = createSocket({ url: socketAddress(address), token, webSocket });
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

  /**
   * A WebSocket that is refused does not tell why, least of all to a page; and 4403 is also what a server says
   * that is just closing.
   */
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
