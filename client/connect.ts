import { graphqlAddress } from './address.ts';
import type { Arguments, TypedDocument } from './document.ts';
import { ask } from './http.ts';
import type { EventItem, FollowEventsOptions, FollowLogsOptions, LogItem } from './items.ts';

/** A constructor as browsers have it, `ws` exports it and Node 22 knows it. */
export type WebSocketConstructor = new (url: string, protocols: string) => object;

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
   * A query or a mutation, by HTTP. What a mutation could not do is a value of its answer (`__typename`).
   * @throws ToeholdError; where `signal` is aborted, its reason.
   *
   * @example
   * const { apps } = await toehold.request(AppsDocument);
   * const { startApp } = await toehold.request(StartAppDocument, { input: { app: { name: 'hello' }, wait: true } });
   */
  request<Data = unknown, Variables = Record<string, unknown>>(
    document: TypedDocument<Data, Variables> | string,
    ...args: Arguments<Variables>
  ): Promise<Data>;
  /**
   * A subscription of your own, over WebSocket; all share one socket. It ends with the connection.
   * @throws ToeholdError, from the iterator: UNREACHABLE where the connection was lost. An abort ends it quietly.
   */
  subscribe<Data = unknown, Variables = Record<string, unknown>>(
    document: TypedDocument<Data, Variables> | string,
    ...args: Arguments<Variables>
  ): AsyncIterable<Data>;
  readonly follow: {
    /** Lines as they come. */
    logs(options?: FollowLogsOptions): AsyncIterable<LogItem>;
    /** Events as they happen. */
    events(options?: FollowEventsOptions): AsyncIterable<EventItem>;
  };
  /** Ends every stream of this client quietly, and its socket. */
  close(): Promise<void>;
}

/**
 * A client of the server at `url`. Nothing is sent before you ask for something.
 *
 * @example
 * const toehold = connect({ url: 'http://127.0.0.1:3000', token });
 * for (const app of (await toehold.request(AppsDocument)).apps.nodes) console.log(app.icon, app.name, app.state);
 */
export function connect(options: ConnectOptions): ToeholdClient {
  const http = {
    address: graphqlAddress(options.url),
    token: options.token,
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
  };

  return {
    async request<Data, Variables>(
      document: TypedDocument<Data, Variables> | string,
      ...[variables, { signal } = {}]: Arguments<Variables>
    ) {
      return (await ask(http, String(document), variables, signal)) as Data;
    },
    subscribe() {
      throw new Error('not yet');
    },
    follow: {
      logs() {
        throw new Error('not yet');
      },
      events() {
        throw new Error('not yet');
      },
    },
    async close() {},
  };
}
