import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Identity } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import { reasonOf } from '../core/errors.ts';
import type { Credentials } from './auth.ts';
import { ConnectionSlots } from './connection-slots.ts';
import { GRAPHQL_PATH } from './graphql.ts';
import type { Guard } from './guards.ts';
import type { Refusal } from './replies.ts';
import { isNestedTooDeep } from './request-limits.ts';
import type { Answering } from './routes.ts';
import { perform, prepare, type SocketState } from './websocket-operations.ts';
import { answerPings, keepAlive, sayGoodbye, send } from './websocket-sending.ts';

/** The longest message of a client, in bytes. */
const MAX_MESSAGE = 1_000_000;
/** How much a client may say before it is known who it is, in bytes: a thousand of them could fill the memory. */
const MAX_FROM_STRANGER = 16_384;
/** How many frames a message may come in, which are read in one go. */
const MOST_FRAMES = 1_000;
/** How many sockets strangers of one network may have open. */
const MOST_OF_NETWORK = 100;
/** How long a client may take to say who it is, in milliseconds. */
const INIT_TIMEOUT = 3_000;

const SOCKET_OPTIONS = {
  maxPayload: MAX_MESSAGE,
  perMessageDeflate: false,
  maxFragments: MOST_FRAMES,
  // One message or ping of a socket at a time: between two of them all others have their turn.
  allowSynchronousEvents: false,
  // Pongs that nobody reads would pile up.
  autoPong: false,
  // A client that broke the protocol may have so long to take note, in milliseconds.
  closeTimeout: 1_000,
};

export interface WebSocketOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly guard: Guard;
  /** How many may be open at a time. */
  readonly most: number;
  /** Null as long as the server cannot answer. */
  readonly answering: () => Pick<Answering, 'graphql' | 'authenticator' | 'rates'> | null;
}

export interface WebSockets {
  /** Takes a request of HTTP that wants to become a WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every subscription with 1001, upon which clients come back by themselves. */
  close(): Promise<void>;
}

interface Extra extends SocketState {
  readonly socket: WebSocket;
}

/** graphql-transport-ws on the path of GraphQL. */
export function createWebSockets(options: WebSocketOptions): WebSockets {
  const { clock, log, guard, most, answering } = options;
  let closing = false;
  const sockets = new WebSocketServer({ ...SOCKET_OPTIONS, noServer: true, handleProtocols });
  const slots = new ConnectionSlots<WebSocket>({
    most,
    mostOfNetwork: MOST_OF_NETWORK,
    end: (socket) => socket.terminate(),
  });
  const protocol = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: INIT_TIMEOUT,
    execute: (args) => perform('execute', args),
    subscribe: (args) => perform('subscribe', args),
    async onConnect({ extra, connectionParams }) {
      const identified = await answering()?.authenticator.identify(
        extra.request,
        credentialsOf(extra.request, connectionParams),
      );
      if (!identified?.ok) return false;
      extra.viewer = identified.viewer;
      slots.authenticate(extra.socket);
      endWith(identified.viewer, extra.socket);
      return true;
    },
    onSubscribe: ({ extra, subscriptions }, _id, payload) =>
      prepare(answering(), extra, Object.keys(subscriptions).length, payload),
  });

  function problemOf(request: IncomingMessage): Refusal | null {
    const [path] = (request.url ?? '').split('?');
    if (path !== GRAPHQL_PATH)
      return { status: 404, code: 'NOT_FOUND', message: `WebSockets are taken at ${GRAPHQL_PATH}` };
    if (closing) return { status: 503, code: 'NOT_READY', message: 'The server is going away' };
    if (!answering()) return { status: 503, code: 'NOT_READY', message: 'The server is starting' };
    if (!slots.available) {
      const message = `${most} WebSockets are open: come back when one has closed`;
      return { status: 503, code: 'TOO_MANY_CONNECTIONS', message };
    }
    return null;
  }

  function attend(socket: WebSocket, request: IncomingMessage): void {
    // A socket that broke, or sent what is no WebSocket frame, is closed by ws itself.
    socket.on('error', (err) => log.info({ reason: reasonOf(err) }, 'A WebSocket broke'));
    slots.acquire(socket, request.socket.remoteAddress, clock.monotonic());
    answerPings(socket);
    const stopPinging = keepAlive(socket);
    const extra: Extra = { request, socket, viewer: null, executing: 0, heard: 0 };
    hearLittle(extra);
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => send(socket, text),
        close: (code = CloseCode.InternalServerError, reason = '') => void sayGoodbye(socket, code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            const text = String(data);
            if (isNestedTooDeep(text))
              return void sayGoodbye(socket, CloseCode.BadRequest, 'The message is nested too deep');
            extra.heard = text.length;
            handle(text).catch((err: unknown) => {
              if (isNotForServers(err))
                return void sayGoodbye(socket, CloseCode.BadRequest, 'Only servers say this');
              log.error({ err }, 'A WebSocket message could not be handled');
              void sayGoodbye(socket, CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      stopPinging();
      slots.release(socket);
      void closed(code, String(reason));
    });
  }

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      const refusal = guard(request) ?? problemOf(request);
      if (refusal) return refuse(socket, refusal);
      sockets.handleUpgrade(request, socket, head, (accepted) => attend(accepted, request));
    },
    async close() {
      // A connection that was taken before may ask for one now: nobody would end it.
      closing = true;
      const open = [...sockets.clients];
      await Promise.all(open.map((socket) => sayGoodbye(socket, 1001, 'The server is going away')));
    },
  };
}

/** What a client says first; browsers have no other place for it, others may say it by headers. */
function credentialsOf({ headers }: IncomingMessage, params: Record<string, unknown> = {}): Credentials {
  const { authorization = params.Authorization, dpop = params.DPoP } = params;
  return { authorization: authorization ?? headers.authorization, proof: dpop ?? headers.dpop };
}

/** A token that ends takes its sockets with it: they close before their streams could say that all is over. */
function endWith({ ended }: Identity, socket: WebSocket): void {
  const close = () => void sayGoodbye(socket, CloseCode.Forbidden, 'The token was revoked or has ended');
  if (ended.aborted) return close();
  ended.addEventListener('abort', close, { once: true });
  socket.once('close', () => ended.removeEventListener('abort', close));
}

/** The protocol's messages from servers to clients are well formed: their handler finds nothing to do with them. */
function isNotForServers(error: unknown): boolean {
  return error instanceof Error && /^Unexpected message of type \w+ received$/.test(error.message);
}

/** Ends a socket that says much before it is known whose it is. */
function hearLittle(extra: Extra): void {
  const connection = extra.request.socket;
  let heard = 0;
  const hear = (chunk: Buffer) => {
    heard += chunk.length;
    if (extra.viewer) connection.off('data', hear);
    else if (heard > MAX_FROM_STRANGER) extra.socket.terminate();
  };
  connection.on('data', hear);
}

function refuse(socket: Duplex, { status, code, message }: Refusal): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
