import { setMaxListeners } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createContextFactory, type RequestParts } from '../../schema/context.ts';
import type { Access, AuditLog, Identity } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { LogReader } from '../contracts/logs.ts';
import type { EventReader, Readiness, Supervisor } from '../contracts/supervisor.ts';
import { type BindOptions, type BindResult, bind } from './bind.ts';
import { closeHttp } from './closing.ts';
import { createGraphiql } from './graphiql.ts';
import { createGraphql, GRAPHQL_PATH, type Graphql, type TransportContext } from './graphql.ts';
import { type HealthOptions, replyHealth, replyReadiness } from './health.ts';
import { urlHost } from './loopback.ts';
import { createMetrics } from './metrics.ts';
import { isReading, reply, replyJson, replyText } from './replies.ts';
import { requestHost, requestOrigin } from './request-host.ts';
import { createWebSockets } from './websocket.ts';

export type { BindResult } from './bind.ts';

export interface ServerOptions extends BindOptions, HealthOptions {
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the server answers from. */
export interface ServerParts {
  readonly supervisor: Supervisor;
  readonly events: EventReader;
  readonly logs: LogReader;
  readonly readiness: Readiness;
  readonly access: Access;
  readonly audit: AuditLog;
}

/** The one server: GraphQL in all its transports, the page for people, health and metrics. */
export interface Server {
  /** Binds the port. From then on health is answered, and everything else with 503. */
  listen(): Promise<BindResult>;
  /** From then on GraphQL is answered too. */
  serve(parts: ServerParts): void;
  /** Ends streams and connections, within a second or so; resolves when the port is free. */
  close(): Promise<void>;
}

/** Who asks where the server was told to ask for no token. */
const ANYBODY: Identity = {
  ...{ token: null, kind: null, name: 'local', role: 'ADMIN' },
  ended: new AbortController().signal,
};

export function createServer(options: ServerOptions): Server {
  const { clock, log, version } = options;
  const closing = new AbortController();
  // Every stream listens to it, and takes its listener away again.
  setMaxListeners(0, closing.signal);
  const metrics = createMetrics(version);
  const graphiql = createGraphiql();
  let readiness: Readiness | null = null;
  let graphql: Graphql | null = null;

  const http = createHttpServer((request, response) => {
    answer(request, response).catch((err: unknown) => {
      log.error({ err }, 'A request could not be answered');
      if (response.headersSent) response.destroy();
      else replyText(response, 500, 'Something went wrong in the server; its log tells what');
    });
  });
  const webSockets = createWebSockets({ server: http, log, graphql: () => graphql });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method } = request;
    const [path] = (request.url ?? '').split('?');
    switch (path) {
      case GRAPHQL_PATH:
        if (graphiql.wants(request)) return graphiql.reply(request, response);
        if (!graphql) return replyNotReady(response);
        return graphql(request, response);
      case '/':
        if (isReading(method, response)) response.writeHead(302, { Location: GRAPHQL_PATH }).end();
        return;
      case '/healthz':
        if (isReading(method, response)) replyHealth(response, options);
        return;
      case '/readyz':
        if (isReading(method, response)) replyReadiness(response, readiness);
        return;
      case '/metrics':
        if (isReading(method, response)) reply(response, 200, metrics.contentType, await metrics.text());
        return;
      default:
        replyText(response, 404, `There is nothing here: GraphQL is at ${GRAPHQL_PATH}`);
    }
  }

  function requestParts({ req, res }: TransportContext): RequestParts {
    return {
      viewer: ANYBODY,
      requestHost: requestHost(req, urlHost(options.host)),
      requestOrigin: requestOrigin(req, urlHost(options.host)),
      // A WebSocket ends its streams by itself, and says why.
      ends: res ? [closing.signal, goneSignal(res)] : [],
    };
  }

  return {
    listen: () => bind(http, options),
    serve(parts) {
      const createContext = createContextFactory({ ...parts, clock, streamOpened: metrics.streamOpened });
      metrics.watch(parts.supervisor, parts.events);
      readiness = parts.readiness;
      graphql = createGraphql({ log, createContext, requestParts });
    },
    async close() {
      closing.abort();
      await Promise.all([webSockets.close(), closeHttp(http)]);
    },
  };
}

/** Aborted when the connection of an answer closes, whatever the answer then waits for. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

function replyNotReady(response: ServerResponse): void {
  response.setHeader('Retry-After', '1');
  const message = 'The server is starting: ask again in a moment, or wait until /readyz answers 200';
  replyJson(response, 503, { errors: [{ message, extensions: { code: 'NOT_READY' } }] });
}
