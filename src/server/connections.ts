import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import { ConnectionSlots } from './connection-slots.ts';

/** How many connections can be open at a time, if the system allows that many files. */
const MOST_CONNECTIONS = 4_000;
/** How many unauthenticated connections one network can have. */
const MOST_OF_NETWORK = 250;
/** Open files that are reserved for the database, logs and apps; half of the limit if the limit is small. */
const RESERVED_FILES = 1_024;

/** How many requests of one connection can wait for responses: pipelined requests are all handled in one turn. */
const MOST_WAITING = 50;

/** How long a client can take to send its first byte, in milliseconds. */
const FIRST_BYTE = 5_000;
/** The same, when three quarters of the slots are used. */
const FIRST_BYTE_UNDER_PRESSURE = 1_000;
/** How often silent connections are looked for, in milliseconds. */
const INTERVAL = 1_000;
/** The log reports closed connections at most this often, in milliseconds. */
const REPORT_INTERVAL = 60_000;

/** @param openFiles how many files this process can have open; null: no limit */
export function mostConnections(openFiles: number | null): number {
  if (openFiles === null) return MOST_CONNECTIONS;
  return Math.min(MOST_CONNECTIONS, openFiles - Math.min(RESERVED_FILES, Math.ceil(openFiles / 2)));
}

interface ConnectionsOptions {
  /** How many connections can be open at a time. */
  readonly most: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The open connections of all listeners. When slots are short, unauthenticated ones are closed, oldest first. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #slots: ConnectionSlots<Socket>;
  readonly #waiting = new WeakMap<Socket, number>();
  #ended = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#slots = new ConnectionSlots<Socket>({
      most: options.most,
      mostOfNetwork: Math.min(MOST_OF_NETWORK, Math.ceil(options.most / 4)),
      end: (socket) => this.#makeRoom(socket),
    });
  }

  /** Accepts a connection. Closes it immediately if all slots are held by authenticated connections. */
  take(socket: Socket): void {
    const now = this.#options.clock.monotonic();
    if (!this.#slots.acquire(socket, socket.remoteAddress, now)) return this.#makeRoom(socket);
    socket.once('close', () => this.#slots.release(socket));
  }

  /** The client has shown a token. */
  authenticate(socket: Socket): void {
    this.#slots.authenticate(socket);
  }

  /**
   * Counts a request. A client that sends too many before it has read responses delays all others: its connection is
   * closed, and the result is false.
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
    this.#cancel = this.#options.clock.after(INTERVAL, () => this.#closeSilent());
  }

  stop(): void {
    this.#cancel?.();
  }

  #closeSilent(): void {
    const crowded = this.#slots.used >= (this.#options.most * 3) / 4;
    const patience = crowded ? FIRST_BYTE_UNDER_PRESSURE : FIRST_BYTE;
    for (const socket of this.#slots.unauthenticatedSince(this.#options.clock.monotonic() - patience)) {
      if (socket.bytesRead === 0) socket.destroy();
    }
    this.#report();
    this.start();
  }

  #makeRoom(socket: Socket): void {
    this.#ended += 1;
    socket.destroy();
  }

  #report(): void {
    const now = this.#options.clock.monotonic();
    if (this.#ended === 0 || now - this.#reportedAt < REPORT_INTERVAL) return;
    this.#options.log.warn(
      { ended: this.#ended, places: this.#options.most },
      'All slots for connections are in use: the oldest connections without a token were closed',
    );
    this.#ended = 0;
    this.#reportedAt = now;
  }
}

/** How many files this process can have open; null if the system does not tell or sets no limit. */
export function openFilesLimit(): number | null {
  try {
    return parseOpenFiles(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    // Not Linux.
    return null;
  }
}

/** @param limits the text of /proc/<pid>/limits: name, soft limit, hard limit, unit */
export function parseOpenFiles(limits: string): number | null {
  const [, soft] = /^Max open files +(\d+) /m.exec(limits) ?? [];
  return soft === undefined ? null : Number(soft);
}
