import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** The connections of servers in this process, from their own side. */
export interface ServerSockets {
  /** Those that were accepted at a port and are still open. */
  at(port: number): readonly Socket[];
  /**
   * Resolves when bytes wait at that port for a reader that takes none, and nothing is read for it any more.
   * @param underWay how many reads for it are under way
   */
  stalled(port: number, underWay: () => number): Promise<void>;
}

/** So many looks in a row must find the same: the system may still move bytes from one of its buffers to another. */
const LOOKS = 10;

/** From now on, until the test has ended. */
export function watchServerSockets(): ServerSockets {
  const sockets = new Set<Socket>();
  const accepted = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  subscribe('net.server.socket', accepted);
  onTestFinished(() => void unsubscribe('net.server.socket', accepted));
  const at = (port: number) => [...sockets].filter(({ localPort }) => localPort === port);
  return {
    at,
    async stalled(port, underWay) {
      let before = '';
      let same = 0;
      await until(
        () => {
          const waiting = at(port).filter(({ writableLength }) => writableLength > 0);
          const now = waiting.map((socket) => `${socket.bytesWritten} ${socket.writableLength}`).join();
          same = waiting.length > 0 && underWay() === 0 && now === before ? same + 1 : 0;
          before = now;
          return same >= LOOKS;
        },
        'the server waits for the reader',
        20_000,
      );
    },
  };
}
