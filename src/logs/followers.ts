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

/** Where a follower is. */
interface Place {
  readonly apps: readonly AppId[] | null;
  readonly mark: number;
  readonly key: string;
  /** Since when, by the monotonic clock, in milliseconds. */
  readonly at: number;
}

/** A follower that was not back for its next step by then is away, in milliseconds. */
const AWAY = 1_000;

export function createReaders(clock: Clock): Readers {
  const places = new Set<Place>();
  // Followers have no names: one that goes on is known by the position that it was given. Several may have the same.
  const between = new Map<string, Set<Place>>();

  function leave(place: Place): void {
    places.delete(place);
    const others = between.get(place.key);
    others?.delete(place);
    if (others?.size === 0) between.delete(place.key);
  }

  function enter(apps: readonly AppId[] | null, { mark, byte }: LogPosition): Place {
    const place = { apps, mark, key: `${mark}:${byte}`, at: clock.monotonic() };
    places.add(place);
    return place;
  }

  return {
    reading(apps, after) {
      const [same] = between.get(`${after.mark}:${after.byte}`) ?? [];
      if (same) leave(same);
      const step = enter(apps, after);
      return (position) => {
        leave(step);
        const place = enter(apps, position);
        const others = between.get(place.key) ?? new Set();
        between.set(place.key, others.add(place));
      };
    },
    oldestWanted(app) {
      let oldest = Number.POSITIVE_INFINITY;
      for (const place of places) {
        if (clock.monotonic() - place.at > AWAY) leave(place);
        else if (place.apps === null || place.apps.includes(app)) oldest = Math.min(oldest, place.mark);
      }
      return oldest;
    },
  };
}
