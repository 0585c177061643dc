import { ToeholdError } from './error.ts';

/** A WebSocket constructor, as in browsers, in Node 22, and from `ws`. */
export type WebSocketConstructor = new (url: string, protocols: string) => object;

/** The parts of a WebSocket that are used here, besides those that graphql-ws uses. */
export interface RawSocket {
  readonly readyState: number;
  addEventListener(type: 'error' | 'close', listener: () => void): void;
  /** Only in `ws`: closes the socket at once, without waiting for the other end. */
  terminate?(): void;
}

/** Values of `readyState`. */
export const CLOSING = 2;
const CLOSED = 3;

/**
 * The WebSocket to use: the given one, the environment's, or in a Node without one that of `ws`.
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
      'This environment has no WebSocket: pass one to connect() as webSocket',
    );
  }
  try {
    // Bundlers must not see this name, because `ws` is not for browsers.
    const name: string = ['w', 's'].join('');
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)).WebSocket;
  } catch (cause) {
    throw new ToeholdError(
      'NO_WEBSOCKET',
      'This Node has no WebSocket: install the package "ws", or pass one to connect() as webSocket',
      { cause },
    );
  }
}

/** The same constructor, which reports each socket that it makes. */
export function watched(base: WebSocketConstructor, made: (socket: RawSocket) => void): WebSocketConstructor {
  return class extends base {
    constructor(url: string, protocols: string) {
      super(url, protocols);
      const socket = this as unknown as RawSocket;
      // In Node, an error event without a listener ends the process, also after the close event.
      socket.addEventListener('error', () => {});
      made(socket);
    }
  };
}

/** Closes a socket at once, whatever its other end does. */
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
