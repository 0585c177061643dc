import type { IncomingMessage, ServerResponse } from 'node:http';
import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import type { ExecutionResult } from 'graphql';
import { createYoga, isAsyncIterable, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import type { GraphQLContext, RequestParts } from '../../schema/context.ts';
import { schema } from '../../schema/index.ts';
import type { Identity } from '../contracts/access.ts';
import type { Logger } from '../contracts/logger.ts';
import { MAX_BODY } from './bodies.ts';
import { executeBounded } from './bounded-answers.ts';
import { createDocumentCache, limitedDocuments } from './document-limits.ts';
import { createErrorMask } from './graphql-errors.ts';
import type { HotQueries } from './hot-queries.ts';
import { limitedOperations } from './operation-limits.ts';
import type { Rates } from './rates.ts';
import { checkedRequests } from './request-limits.ts';
import { EVENT_STREAM_HEADERS, EventStream } from './streams/event-stream.ts';
import { SharedStreams } from './streams/shared-streams.ts';
import { type StreamTarget, subscribeShared } from './streams/subscription.ts';

export const GRAPHQL_PATH = '/graphql';

/** What a transport passes on about a request. Over HTTP, Yoga adds its own fields. */
export interface TransportContext {
  readonly req: IncomingMessage;
  /** Who sends the request. */
  readonly viewer: Identity;
  /** Only over HTTP. */
  readonly res?: ServerResponse;
  /** Fires when the client has gone. Only over a WebSocket. */
  readonly gone?: AbortSignal;
  /** Where a stream writes what it shares with others. */
  readonly target: StreamTarget;
  /** The body of the request, if it was read before. Only over HTTP. */
  readonly text?: string | null;
}

interface GraphqlOptions {
  readonly log: Logger;
  readonly createContext: (request: RequestParts) => GraphQLContext;
  /** Extracts from a request what its context needs. */
  readonly requestParts: (transport: TransportContext) => RequestParts;
  readonly rates: Rates;
  readonly hot: HotQueries;
}

/** GraphQL over HTTP and SSE: a request listener for `/graphql`. The WebSocket uses its parts, too. */
export function createGraphql({ log, createContext, requestParts, rates, hot }: GraphqlOptions) {
  return createYoga<TransportContext, GraphQLContext>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    context: (transport) => createContext(requestParts(transport)),
    maskedErrors: { maskError: createErrorMask(log) },
    plugins: [
      ownExecutor(),
      hotQueries(hot),
      eventStreams(),
      preflightForPosts(),
      unbufferedStreams(),
      checkedRequests(),
      ...limitedDocuments(),
      limitedOperations(rates),
    ],
    maxRequestBodySize: MAX_BODY,
    // Yoga's own caches count documents, whatever their size: a thousand long ones would take all memory.
    parserAndValidationCache: { documentCache: createDocumentCache(), errorCache: createDocumentCache() },
    // The server has its own page and CORS headers, and logs masked errors itself.
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    logging: false,
  });
}

export type Graphql = ReturnType<typeof createGraphql>;

/** Executes by graphql, which returns fields in the order of the request. The executor of Yoga does not. */
function ownExecutor(): Plugin<TransportContext> {
  const shared = new SharedStreams();
  return {
    onExecute: ({ setExecuteFn }) => setExecuteFn(executeBounded),
    onSubscribe({ setSubscribeFn, args }) {
      const { target } = args.contextValue;
      setSubscribeFn((args) => subscribeShared(shared, target, args));
    },
  };
}

/** Tells `HotQueries` which queries were answered without an error. */
function hotQueries(hot: HotQueries): Plugin<YogaInitialContext, TransportContext> {
  return {
    onExecute({ args }) {
      const { params } = args.contextValue;
      const { query } = params ?? {};
      if (typeof query !== 'string') return;
      return {
        onExecuteDone({ result }) {
          if (isAsyncIterable(result) || result.errors) return;
          hot.learn(query, args.operationName ?? null, args.document);
        },
      };
    },
    onResponse({ request, response, serverContext }) {
      const type = response.headers.get('Content-Type');
      if (serverContext.text == null || response.status !== 200 || type === null) return;
      if (/json/.test(type)) hot.learnType(request.headers.get('Accept') ?? '', type);
    },
  };
}

/** Writes the results of subscriptions as Server-Sent Events, if Yoga has chosen them for the client. */
function eventStreams(): Plugin<object, TransportContext> {
  return {
    onResultProcess({ result, resultProcessor, setResultProcessor, serverContext }) {
      const { target, res } = serverContext;
      if (!resultProcessor || !isAsyncIterable(result) || !res) return;
      setResultProcessor((results, { Response }) => {
        const stream = new EventStream(results as AsyncIterable<ExecutionResult>, res);
        target.output = stream;
        return new Response(stream as unknown as BodyInit, { headers: EVENT_STREAM_HEADERS });
      }, 'text/event-stream');
    },
  };
}

/** Makes a buffering proxy, such as nginx, pass on each part of a stream immediately. */
function unbufferedStreams(): Plugin {
  return {
    onResponse({ response }) {
      if (response.headers.get('Content-Type')?.startsWith('text/event-stream')) {
        response.headers.set('X-Accel-Buffering', 'no');
      }
    },
  };
}

/**
 * A page of another site can make a browser post here without a preflight request. Requests by GET change nothing and
 * need no check: that page cannot read the response.
 */
function preflightForPosts(): Plugin {
  const { onRequestParse } = useCSRFPrevention({ requestHeaders: ['x-graphql-yoga-csrf'] });
  return {
    onRequestParse: (payload) => (payload.request.method === 'GET' ? undefined : onRequestParse?.(payload)),
  };
}
