import type { Clock } from '../contracts/clock.ts';
import type { AppId } from '../core/app.ts';
import type { LogPosition } from '../core/cursor.ts';

/** Who reads on, and where: retention does not run ahead of them without need. */
export interface Readers {
  /** A follower begins a step at this position; the answer is told where the step has ended. */
  reading(apps: readonly AppId[] | null, after: LogPosition): (position: LogPosition) => void;
  /** The oldest mark of the app that a follower wants soon; Infinity where nobody reads on. */
  oldestWanted(app: AppId): number;
}

/** A follower that was not back for its next step by then is away, in milliseconds. */
const AWAY = 1_000;

export function createReaders(clock: Clock): Readers {
  // Followers have no names: one that goes on is known by the position that it was given.
  const places = new Map<string, { apps: readonly AppId[] | null; mark: number; at: number }>();
  const keyOf = ({ mark, byte }: LogPosition) => `${mark}:${byte}`;

  function note(apps: readonly AppId[] | null, position: LogPosition): void {
    places.set(keyOf(position), { apps, mark: position.mark, at: clock.monotonic() });
  }

  return {
    reading(apps, after) {
      note(apps, after);
      return (position) => {
        places.delete(keyOf(after));
        note(apps, position);
      };
    },
    oldestWanted(app) {
      let oldest = Number.POSITIVE_INFINITY;
      for (const [key, { apps, mark, at }] of places) {
        if (clock.monotonic() - at > AWAY) places.delete(key);
        else if (apps === null || apps.includes(app)) oldest = Math.min(oldest, mark);
      }
      return oldest;
    },
  };
}
