/**
 * The server: HTTP, WebSocket, the pages for people, health and metrics. It decides who may connect and send what, and
 * leaves GraphQL to `schema/`. A request passes connections.ts, guards.ts, auth.ts and the limits, in this order. This
 * room knows no driver, store or log file: it gets the parts that it needs from compose.ts.
 */

import { setMaxListeners } from 'node:events';
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { createContextFactory, type OpenStream, type RequestParts } from '../../schema/context.ts';
import { createStreamScheduler } from '../../schema/streams/scheduler.ts';
import type { Access, AuditLog } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { LogReader } from '../contracts/logs.ts';
import type { Durability } from '../contracts/stores.ts';
import type { EventReader, Readiness, Supervisor } from '../contracts/supervisor.ts';
import { urlHost } from './addresses.ts';
import { createAuthenticator } from './auth.ts';
import { type BindOptions, type BindResult, bind, closeHttp } from './bind.ts';
import { Connections, mostConnections, openFilesLimit } from './connections.ts';
import { createGraphiql } from './graphiql.ts';
import { createGraphql, type TransportContext } from './graphql.ts';
import { createGuard, createOrigins } from './guards.ts';
import { requestHost, requestOrigin } from './hosts.ts';
import { HotQueries } from './hot-queries.ts';
import { createMetrics } from './metrics.ts';
import { createProofs } from './proofs.ts';
import { createFailedLogins, createRates } from './rates.ts';
import { createRefusedOrigins } from './refused-origins.ts';
import { replyText } from './replies.ts';
import type { HealthOptions } from './routes.ts';
import { type Answering, createRoutes } from './routes.ts';
import { createStalledReaders } from './stalled-readers.ts';
import { listenOnSocket } from './unix-socket.ts';
import { createWebSockets } from './websocket.ts';

export type { BindResult } from './bind.ts';

export interface ServerOptions extends BindOptions, HealthOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Host names that requests can use, besides `host`, `localhost` and addresses. */
  readonly allowedHosts?: readonly string[];
  /** Origins whose pages can send requests, besides the server's own: `https://panel.example.org`. */
  readonly allowedOrigins?: readonly string[];
  /** The absolute path of a Unix socket to listen on, too. */
  readonly socket?: string | null;
  /** How a person calls the command in a shell of this machine. Default: `toehold`. */
  readonly command?: string;
  /** How many connections can be open at a time. Default: what the limit of open files allows. */
  readonly connections?: number;
}

/** The parts that the server needs to answer requests. */
interface ServerParts {
  readonly supervisor: Supervisor;
  readonly events: EventReader;
  readonly logs: LogReader;
  readonly readiness: Readiness;
  readonly access: Access;
  readonly audit: AuditLog;
  readonly durability: Durability;
}

/** The HTTP server: GraphQL over all transports, the pages for people, health and metrics. */
export interface Server {
  /** Binds the port. From then on it answers health checks, and everything else with 503. */
  listen(): Promise<BindResult>;
  /** From then on it answers all requests. */
  serve(parts: ServerParts): void;
  /** Ends streams and connections, within about a second. Resolves when the port is free. */
  close(): Promise<void>;
}

/** Time limits of HTTP in milliseconds, and the size of headers in bytes. */
const HTTP_LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
};

/** How many WebSockets can be open at a time, if that many connections can. */
const MOST_WEB_SOCKETS = 1_000;

export function createServer(options: ServerOptions): Server {
  const { clock, log, version, host, auth = true } = options;
  const { connections: most = mostConnections(openFilesLimit()) } = options;
  const closing = new AbortController();
  // Every stream adds a listener and removes it again: no warning.
  setMaxListeners(0, closing.signal);
  const metrics = createMetrics(version);
  const failedLogins = createFailedLogins(clock);
  const rates = createRates(clock);
  const proofs = createProofs(clock);
  const origins = createOrigins(options.allowedOrigins ?? []);
  const refused = createRefusedOrigins(log, options.allowedOrigins ?? []);
  const guard = createGuard({ host, origins, refused, allowedHosts: options.allowedHosts ?? [] });
  const scheduler = createStreamScheduler();
  let answering: Answering | null = null;

  const answer = createRoutes({
    ...{ guard, origins, metrics, failedLogins, proofs },
    health: options,
    command: options.command ?? 'toehold',
    graphiql: createGraphiql(),
    answering: () => answering,
  });
  const stalledReaders = createStalledReaders(clock, log);
  const connections = new Connections({ most, clock, log });
  const webSockets = createWebSockets({
    ...{ clock, log, guard, answering: () => answering },
    most: Math.min(MOST_WEB_SOCKETS, Math.ceil(most / 2)),
  });
  let listeners: readonly HttpServer[] = [];

  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!connections.begin(request.socket, response)) return;
    try {
      await answer(request, response);
    } catch (err) {
      log.error({ err }, 'A request could not be answered');
      if (response.headersSent) response.destroy();
      else replyText(response, 500, 'The server could not answer this request. Its log has the cause');
    }
  }

  /** Creates the server for one address. All of them answer alike. */
  function createListener(): HttpServer {
    const http = createHttpServer(HTTP_LIMITS, reply);
    http.on('connection', (socket: Socket) => {
      scheduler.giveWay();
      connections.take(socket);
      stalledReaders.watch(socket);
    });
    http.on('upgrade', webSockets.upgrade);
    return http;
  }

  /** Returns the problem, for a person; null if there is none. */
  async function listenOnSocketToo(path: string): Promise<string | null> {
    const result = await listenOnSocket(createListener, path);
    if (!result.ok) return result.message;
    listeners = [...listeners, result.server];
    return null;
  }

  function requestParts({ req, res, viewer, gone }: TransportContext): RequestParts {
    return {
      viewer,
      requestHost: requestHost(req, urlHost(host)),
      requestOrigin: requestOrigin(req, urlHost(host)),
      // A WebSocket closes with a code, which ends its streams.
      ends: res ? [viewer.ended, closing.signal, goneSignal(res)] : [viewer.ended, ...(gone ? [gone] : [])],
    };
  }

  return {
    async listen() {
      const bound = await bind(createListener, { ...options, auth });
      if (!bound.ok) return bound;
      listeners = bound.servers;
      const problem = options.socket ? await listenOnSocketToo(options.socket) : null;
      if (problem !== null) {
        await Promise.all(listeners.map(closeHttp));
        return { ok: false, code: 'CANNOT_LISTEN', message: problem, holder: null };
      }
      stalledReaders.start();
      connections.start();
      return bound;
    },
    serve(parts) {
      const { access, readiness } = parts;
      const makeContext = createContextFactory({
        ...parts,
        clock,
        scheduler,
        streamOpened: metrics.streamOpened,
      });
      metrics.watch({ supervisor: parts.supervisor, events: parts.events, logs: parts.logs, clock });
      const createContext = (request: RequestParts) => ({
        ...makeContext(request),
        streamOpened(stream: OpenStream) {
          const ends = [metrics.streamOpened(stream), access.streamOpened(request.viewer)];
          return () => ends.forEach((end) => void end());
        },
      });
      const hot = new HotQueries({
        supervisor: parts.supervisor,
        rates,
        createContext: (req, viewer) =>
          createContext(requestParts({ req, viewer, target: { output: null } })),
      });
      const graphql = createGraphql({ log, createContext, requestParts, rates, hot });
      const authenticator = createAuthenticator({ access, auth, failedLogins, connections, proofs });
      answering = { graphql, hot, access, authenticator, readiness, rates, audit: parts.audit };
    },
    async close() {
      closing.abort();
      stalledReaders.stop();
      connections.stop();
      await Promise.all([webSockets.close(), ...listeners.map(closeHttp)]);
    },
  };
}

/** A signal that fires when the connection of a response closes. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}
