import { ToeholdError } from './error.ts';

/** A constructor as browsers have it, `ws` exports it and Node 22 knows it. */
export type WebSocketConstructor = new (url: string, protocols: string) => object;

/** What of a socket is used here besides what graphql-ws does with it. */
export interface RawSocket {
  readonly readyState: number;
  addEventListener(type: 'error' | 'close', listener: () => void): void;
  /** `ws` has it: a socket whose other end is silent goes at once. */
  terminate?(): void;
}

/** States of a socket, as every WebSocket numbers them. */
export const CLOSING = 2;
const CLOSED = 3;

/**
 * The WebSocket to use: the one given, the environment's, and in a Node without one that of `ws`.
 * @throws ToeholdError NO_WEBSOCKET
 */
export async function findWebSocket(given: WebSocketConstructor | undefined): Promise<WebSocketConstructor> {
  const { WebSocket, process } = globalThis as {
    WebSocket?: WebSocketConstructor;
    process?: { versions?: { node?: string } };
  };
  if (given) return given;
  if (WebSocket) return WebSocket;
  if (process?.versions?.node === undefined) {
    throw new ToeholdError(
      'NO_WEBSOCKET',
      'This environment has no WebSocket: give connect() one as webSocket',
    );
  }
  try {
    // By a name that bundlers do not know: nothing of it is for browsers.
    const name: string = ['w', 's'].join('');
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)).WebSocket;
  } catch (cause) {
    throw new ToeholdError(
      'NO_WEBSOCKET',
      'This Node has no WebSocket: install the package "ws", or give connect() one as webSocket',
      { cause },
    );
  }
}

/** The same constructor, that shows each socket it makes. */
export function watched(base: WebSocketConstructor, made: (socket: RawSocket) => void): WebSocketConstructor {
  return class extends base {
    constructor(url: string, protocols: string) {
      super(url, protocols);
      const socket = this as unknown as RawSocket;
      // In Node an error that nobody listens to ends the process; also one that comes behind the end.
      socket.addEventListener('error', () => {});
      made(socket);
    }
  };
}

/** Lets go of a socket now, whatever its other end does. */
export function cut(socket: RawSocket | undefined): void {
  if (socket && socket.readyState !== CLOSED) socket.terminate?.();
}

/** Resolves when the socket is closed. */
export function gone(socket: RawSocket | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!socket || socket.readyState === CLOSED) resolve();
    else socket.addEventListener('close', () => resolve());
  });
}
