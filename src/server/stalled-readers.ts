import type { Socket } from 'node:net';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';

/** How long a client can read nothing while data waits for it, in milliseconds. */
const PATIENCE = 30_000;
/** How often connections are checked, in milliseconds. */
const INTERVAL = 5_000;

interface Reader {
  /** Bytes of completed writes at the last check. */
  taken: number;
  /** Bytes of the pending write that the system had not accepted yet. */
  queued: number;
  /** When this last changed, or when nothing waited. */
  at: number;
}

/** Closes connections whose client stops reading: their streams would wait forever. */
interface StalledReaders {
  /** Watches a connection until it closes. */
  watch(socket: Socket): void;
  start(): void;
  stop(): void;
}

export function createStalledReaders(clock: Clock, log: Logger): StalledReaders {
  const readers = new Map<Socket, Reader>();
  let cancel: (() => void) | null = null;

  function look(): void {
    const now = clock.monotonic();
    for (const [socket, reader] of readers) {
      const taken = socket.bytesWritten - socket.writableLength;
      const queued = queuedIn(socket);
      if (socket.writableLength === 0 || taken !== reader.taken || queued !== reader.queued) {
        Object.assign(reader, { taken, queued });
        reader.at = now;
      } else if (now - reader.at >= PATIENCE) {
        log.info(
          { waiting: socket.writableLength },
          'A client read nothing for 30 s: its connection was closed',
        );
        socket.destroy();
      }
    }
    cancel = clock.after(INTERVAL, look);
  }

  return {
    watch(socket) {
      readers.set(socket, { taken: 0, queued: 0, at: clock.monotonic() });
      socket.once('close', () => readers.delete(socket));
    },
    start() {
      cancel = clock.after(INTERVAL, look);
    },
    stop: () => cancel?.(),
  };
}

/** Shows progress within one large write. Only the handle has it; Node's own timeouts use it, too. */
function queuedIn(socket: Socket): number {
  const { _handle: handle } = socket as { _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
