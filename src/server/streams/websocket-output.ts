import type { Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import { MOST_WAITING, type Output } from './group.ts';
import type { SharedText } from './shared-text.ts';

/**
 * Writes to one operation of a WebSocket. Each message is one frame: a header, the operation's id, and the shared
 * payload. `ws` would copy the payload for each client. Its own frames are written whole in one turn, as long as it
 * compresses nothing, so frames never mix.
 */
export class WebSocketOutput implements Output {
  readonly #socket: WebSocket;
  readonly #connection: Writable;
  readonly #drained: Drained;
  readonly #prefix: Buffer;

  /** @param connection the socket's own connection */
  constructor(socket: WebSocket, connection: Writable, drained: Drained, id: string) {
    this.#socket = socket;
    this.#connection = connection;
    this.#drained = drained;
    this.#prefix = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  get isFull(): boolean {
    return this.#connection.writableLength >= MOST_WAITING;
  }

  write(text: SharedText): void {
    const { readyState, OPEN } = this.#socket;
    if (readyState !== OPEN) return;
    this.#connection.cork();
    this.#connection.write(text.frameHeader(this.#prefix.length));
    this.#connection.write(this.#prefix);
    this.#connection.write(text.message);
    this.#connection.uncork();
  }

  onceDrained(callback: () => void): () => void {
    return this.#drained.once(callback);
  }
}

/** Calls back when everything that was written to a connection has been sent: one listener serves all operations. */
export class Drained {
  #callbacks = new Set<() => void>();

  constructor(connection: Writable) {
    connection.on('drain', () => {
      const callbacks = this.#callbacks;
      this.#callbacks = new Set();
      for (const callback of callbacks) callback();
    });
  }

  /** The returned function cancels it. */
  once(callback: () => void): () => void {
    this.#callbacks.add(callback);
    return () => this.#callbacks.delete(callback);
  }
}
