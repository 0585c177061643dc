import type { Clock } from '../../contracts/clock.ts';

/** One timer for all the runs that are in a burst, so that their looks fall into one commit. */
export interface Pulse {
  add(beat: () => void): void;
  delete(beat: () => void): void;
  close(): void;
}

export const PULSE_MS = 4;

export function createPulse(clock: Clock): Pulse {
  const beats = new Set<() => void>();
  let cancel: (() => void) | null = null;

  function next(): void {
    cancel = clock.after(PULSE_MS, () => {
      cancel = null;
      for (const beat of [...beats]) beat();
      if (beats.size > 0 && !cancel) next();
    });
  }

  return {
    add(beat) {
      beats.add(beat);
      if (!cancel) next();
    },
    delete(beat) {
      beats.delete(beat);
    },
    close() {
      beats.clear();
      cancel?.();
      cancel = null;
    },
  };
}
