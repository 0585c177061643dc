import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import { ConnectionSlots } from './connection-slots.ts';

/** How many connections may be open at a time, where the system allows as many files. */
const MOST_CONNECTIONS = 4_000;
/** How many of them strangers of one network may hold. */
const MOST_OF_NETWORK = 250;
/** Open files that are left to the database, logs and apps, at most; of a small limit it is one half. */
const RESERVED_FILES = 1_024;

/** How many requests of one connection may wait for their answers: they are all handled in one go. */
const MOST_WAITING = 50;

/** How long a client may take to send the first byte, in milliseconds. */
const FIRST_BYTE = 5_000;
/** The same, when three quarters of the places are taken. */
const FIRST_BYTE_UNDER_PRESSURE = 1_000;
/** How often it is looked, in milliseconds. */
const INTERVAL = 1_000;
/** How often the log may say that places are short, in milliseconds. */
const SAY_AGAIN = 60_000;

/** @param openFiles how many files this process may have open; null: as many as it wants */
export function mostConnections(openFiles: number | null): number {
  if (openFiles === null) return MOST_CONNECTIONS;
  return Math.min(MOST_CONNECTIONS, openFiles - Math.min(RESERVED_FILES, Math.ceil(openFiles / 2)));
}

export interface ConnectionsOptions {
  /** How many may be open at a time. */
  readonly most: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The open connections of all addresses. Those who have shown no token make room for others, oldest first. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #slots: ConnectionSlots<Socket>;
  readonly #waiting = new WeakMap<Socket, number>();
  #ended = 0;
  #saidAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#slots = new ConnectionSlots<Socket>({
      most: options.most,
      mostOfNetwork: Math.min(MOST_OF_NETWORK, Math.ceil(options.most / 4)),
      end: (socket) => this.#makeRoom(socket),
    });
  }

  /** A connection was made. It is closed at once where everybody else has shown a token. */
  take(socket: Socket): void {
    const now = this.#options.clock.monotonic();
    if (!this.#slots.acquire(socket, socket.remoteAddress, now)) return this.#makeRoom(socket);
    socket.once('close', () => this.#slots.release(socket));
  }

  /** The client at the other end has shown a token. */
  authenticate(socket: Socket): void {
    this.#slots.authenticate(socket);
  }

  /**
   * A request came. A client that asks for more and more before it has an answer holds all others up: its
   * connection ends, and the answer is false.
   */
  begin(socket: Socket, response: ServerResponse): boolean {
    const waiting = (this.#waiting.get(socket) ?? 0) + 1;
    this.#waiting.set(socket, waiting);
    response.once('close', () => this.#waiting.set(socket, (this.#waiting.get(socket) ?? 1) - 1));
    if (waiting <= MOST_WAITING) return true;
    socket.destroy();
    return false;
  }

  start(): void {
    this.#cancel = this.#options.clock.after(INTERVAL, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
  }

  #look(): void {
    const crowded = this.#slots.used >= (this.#options.most * 3) / 4;
    const patience = crowded ? FIRST_BYTE_UNDER_PRESSURE : FIRST_BYTE;
    for (const socket of this.#slots.unauthenticatedSince(this.#options.clock.monotonic() - patience)) {
      if (socket.bytesRead === 0) socket.destroy();
    }
    this.#say();
    this.start();
  }

  #makeRoom(socket: Socket): void {
    this.#ended += 1;
    socket.destroy();
  }

  #say(): void {
    const now = this.#options.clock.monotonic();
    if (this.#ended === 0 || now - this.#saidAt < SAY_AGAIN) return;
    this.#options.log.warn(
      { ended: this.#ended, places: this.#options.most },
      'All connections are taken: the oldest without a token ended to make room',
    );
    this.#ended = 0;
    this.#saidAt = now;
  }
}

/** How many files this process may have open; null where the system does not tell, or sets no limit. */
export function openFilesLimit(): number | null {
  try {
    return parseOpenFiles(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    // Not Linux.
    return null;
  }
}

/** @param limits as /proc/<pid>/limits has them: name, soft limit, hard limit, unit */
export function parseOpenFiles(limits: string): number | null {
  const [, soft] = /^Max open files +(\d+) /m.exec(limits) ?? [];
  return soft === undefined ? null : Number(soft);
}
