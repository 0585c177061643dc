import type { Socket } from 'node:net';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';

/** How long a client may take nothing of what waits for it, in milliseconds. */
const PATIENCE = 30_000;
/** How often it is looked, in milliseconds. */
const INTERVAL = 5_000;

interface Reader {
  /** Bytes of writes that the system had taken whole at some time. */
  taken: number;
  /** What it had not taken yet of the write that was under way. */
  queued: number;
  /** That time, or the last one at which nothing waited. */
  at: number;
}

/** Ends connections whose reader stalls, whatever they carry: their streams would wait for ever. */
export interface StalledReaders {
  /** From then on, until the connection closes. */
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
        log.info({ waiting: socket.writableLength }, 'A client took nothing for 30 s: its connection ends');
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

/** One write may be a large answer: only the handle tells, as it does to Node's own time-outs, that some of it went. */
function queuedIn(socket: Socket): number {
  const { _handle: handle } = socket as { _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
