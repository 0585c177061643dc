import type { IncomingMessage, ServerResponse } from 'node:http';
import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { createYoga, type Plugin } from 'graphql-yoga';
import type { GraphQLContext, RequestParts } from '../../schema/context.ts';
import { schema } from '../../schema/index.ts';
import type { Identity } from '../contracts/access.ts';
import type { Logger } from '../contracts/logger.ts';
import { MAX_BODY } from './bodies.ts';
import { executeBounded, subscribeBounded } from './bounded-answers.ts';
import { createDocumentCache, limitedDocuments } from './document-limits.ts';
import { createErrorMask } from './graphql-errors.ts';
import { limitedOperations } from './operation-limits.ts';
import type { Rates } from './rates.ts';
import { checkedRequests } from './request-limits.ts';

export const GRAPHQL_PATH = '/graphql';

/** What a transport tells of a request; Yoga adds its own over HTTP. */
export interface TransportContext {
  readonly req: IncomingMessage;
  /** Who asks. */
  readonly viewer: Identity;
  /** Over HTTP. */
  readonly res?: ServerResponse;
}

export interface GraphqlOptions {
  readonly log: Logger;
  readonly createContext: (request: RequestParts) => GraphQLContext;
  /** What of a request the context is made from. */
  readonly requestParts: (transport: TransportContext) => RequestParts;
  readonly rates: Rates;
}

/** GraphQL over HTTP and SSE: a request listener for `/graphql`, whose pieces the WebSocket uses too. */
export function createGraphql({ log, createContext, requestParts, rates }: GraphqlOptions) {
  return createYoga<TransportContext, GraphQLContext>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    context: (transport) => createContext(requestParts(transport)),
    maskedErrors: { maskError: createErrorMask(log) },
    plugins: [
      fieldsInOrder(),
      preflightForPosts(),
      unbufferedStreams(),
      checkedRequests(),
      ...limitedDocuments(),
      limitedOperations(rates),
    ],
    maxRequestBodySize: MAX_BODY,
    // Its own caches count documents, whatever their size: a thousand long ones would take all memory.
    parserAndValidationCache: { documentCache: createDocumentCache(), errorCache: createDocumentCache() },
    // The server has its own page, no other site may read answers, and what is masked is logged once.
    graphiql: false,
    landingPage: false,
    cors: false,
    multipart: false,
    logging: false,
  });
}

export type Graphql = ReturnType<typeof createGraphql>;

/** The executor of graphql itself answers fields in the order in which they were asked for; Yoga's own does not. */
function fieldsInOrder(): Plugin {
  return {
    onExecute: ({ setExecuteFn }) => setExecuteFn(executeBounded),
    onSubscribe: ({ setSubscribeFn }) => setSubscribeFn(subscribeBounded),
  };
}

/** A proxy that gathers answers, as nginx does, passes on each piece of a stream at once. */
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
 * Another site's page can make a browser post a form or plain text here without asking first. Reading
 * by GET changes nothing and needs no guard: the answer is out of that page's reach.
 */
function preflightForPosts(): Plugin {
  const { onRequestParse } = useCSRFPrevention({ requestHeaders: ['x-graphql-yoga-csrf'] });
  return {
    onRequestParse: (payload) => (payload.request.method === 'GET' ? undefined : onRequestParse?.(payload)),
  };
}
