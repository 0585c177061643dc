import type { Clock } from '../../contracts/clock.ts';
import { STILL } from '../format.ts';
import type { Spool } from './spool.ts';

/** Watches over last lines without an end: one that has not changed for a second is to be closed. */
export interface Still {
  /** Tells what a look found. */
  looked(spool: Spool, grew: boolean): void;
  forget(spool: Spool): void;
  close(): void;
}

/** @param close is asked to close the spool's last line. */
export function createStill(clock: Clock, close: (spool: Spool) => void): Still {
  const since = new Map<Spool, number>();
  let cancel: (() => void) | null = null;

  function arm(): void {
    if (cancel || since.size === 0) return;
    const due = Math.min(...since.values()) + STILL;
    cancel = clock.after(Math.max(1, due - clock.monotonic()), () => {
      cancel = null;
      const now = clock.monotonic();
      for (const [spool, time] of [...since]) {
        if (now - time < STILL) continue;
        since.delete(spool);
        close(spool);
      }
      arm();
    });
  }

  return {
    looked(spool, grew) {
      if (!spool.hasFragment) since.delete(spool);
      else if (grew || !since.has(spool)) since.set(spool, clock.monotonic());
      arm();
    },
    forget: (spool) => void since.delete(spool),
    close() {
      cancel?.();
      since.clear();
    },
  };
}
