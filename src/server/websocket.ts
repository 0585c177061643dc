import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../contracts/logger.ts';
import { GRAPHQL_PATH, type Graphql } from './graphql.ts';

/** The longest message of a client, in bytes. */
const MAX_MESSAGE = 1_000_000;
/** How much may wait in a socket for a slow reader, in bytes, before its streams wait too. */
const MAX_WAITING = 1_000_000;
/** How often a client is asked whether it is there, in milliseconds; one that gives no answer by the next time is gone. */
const PING_INTERVAL = 30_000;
/** How long a client may take to say goodbye, in milliseconds. */
const GOODBYE = 200;

export interface WebSocketOptions {
  readonly server: Server;
  readonly log: Logger;
  /** Null as long as the server cannot answer. */
  readonly graphql: () => Graphql | null;
}

export interface WebSockets {
  /** Ends every subscription with 1001, upon which clients come back by themselves. */
  close(): Promise<void>;
}

interface Extra {
  readonly request: IncomingMessage;
}

/** What executes one operation, by way of the envelope that Yoga puts around it. */
interface Operation {
  readonly execute: (args: ExecutionArgs) => never;
  readonly subscribe: (args: ExecutionArgs) => never;
}

/** graphql-transport-ws on the path of GraphQL. */
export function createWebSockets({ server, log, graphql }: WebSocketOptions): WebSockets {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
    handleProtocols,
  });
  const protocol = makeServer<Record<string, unknown>, Extra>({
    execute: (args) => operationOf(args).execute(args),
    subscribe: (args) => operationOf(args).subscribe(args),
    onSubscribe: ({ extra }, _id, payload) => prepare(graphql(), extra.request, payload),
  });

  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const [path] = (request.url ?? '').split('?');
    if (path !== GRAPHQL_PATH) return refuse(socket, '404 Not Found');
    if (!graphql()) return refuse(socket, '503 Service Unavailable');
    sockets.handleUpgrade(request, socket, head, (accepted) => attend(accepted, request));
  });

  function attend(socket: WebSocket, request: IncomingMessage): void {
    // A socket that broke, or sent what is no WebSocket frame, is closed by ws itself.
    socket.on('error', (err) => log.warn({ err }, 'A WebSocket broke'));
    const stopPinging = keepAlive(socket);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            handle(String(data)).catch((err: unknown) => {
              log.error({ err }, 'A WebSocket message could not be handled');
              socket.close(CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      { request },
    );
    socket.once('close', (code, reason) => {
      stopPinging();
      void closed(code, String(reason));
    });
  }

  return {
    async close() {
      const open = [...sockets.clients];
      const gone = open.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of open) socket.close(1001, 'The server is going away');
      const impatience = setTimeout(() => {
        for (const socket of open) socket.terminate();
      }, GOODBYE);
      await Promise.all(gone);
      clearTimeout(impatience);
    },
  };
}

function operationOf(args: ExecutionArgs): Operation {
  return args.rootValue as Operation;
}

/** What is wrong with an operation is told to its client: other operations of the socket go on. */
async function prepare(
  graphql: Graphql | null,
  req: IncomingMessage,
  payload: SubscribePayload,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  if (!graphql) return [new GraphQLError('The server is closing', { extensions: { code: 'NOT_READY' } })];
  const enveloped = graphql.getEnveloped({ req });
  try {
    const document = enveloped.parse(payload.query);
    const errors = enveloped.validate(enveloped.schema, document);
    if (errors.length > 0) return errors;
    return {
      schema: enveloped.schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue: await enveloped.contextFactory(),
      rootValue: { execute: enveloped.execute, subscribe: enveloped.subscribe },
    };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/**
 * Resolves when more may be sent, for which streams wait: at once while little waits in the socket, else when
 * the system has taken this message. A reader that stalls holds up so much, and one payload of each of its streams.
 */
function send(socket: WebSocket, text: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    // An error means that the socket has gone; its `close` ends what sends here.
    socket.send(text, () => resolve());
    if (socket.bufferedAmount < MAX_WAITING) resolve();
  });
}

function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    // What waits to be sent stands before the ping: a reader that takes its time is no dead one.
    if (!answered && socket.bufferedAmount === 0) socket.terminate();
    answered = false;
    socket.ping();
  }, PING_INTERVAL);
  return () => clearInterval(timer);
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
