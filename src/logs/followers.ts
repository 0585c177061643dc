import type { Clock } from '../contracts/clock.ts';
import type { AppId } from '../core/app.ts';
import type { LogPosition } from '../core/cursor.ts';

/** Where a follower is. */
interface Place {
  readonly apps: readonly AppId[] | null;
  readonly mark: number;
  readonly key: string;
  /** Since when, by the monotonic clock, in milliseconds. */
  readonly at: number;
}

/** A follower that does not come back for its next step within this time is away, in milliseconds. */
const AWAY = 1_000;

/** Where the followers of logs are: retention does not overtake them without need. */
export class Followers {
  private readonly places = new Set<Place>();
  /**
   * Followers between two steps, by their position. They have no names: one that comes back is known by its position,
   * which several may share.
   */
  private readonly waiting = new Map<string, Set<Place>>();
  private readonly clock: Pick<Clock, 'monotonic'>;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.clock = clock;
  }

  /**
   * A follower begins a step at this position. @param apps null: all
   * @returns to be called with the position at which the step ended.
   */
  begin(apps: readonly AppId[] | null, after: LogPosition): (position: LogPosition) => void {
    const [same] = this.waiting.get(keyOf(after)) ?? [];
    if (same) this.leave(same);
    const step = this.enter(apps, after);
    return (position) => {
      this.leave(step);
      const place = this.enter(apps, position);
      const others = this.waiting.get(place.key) ?? new Set();
      this.waiting.set(place.key, others.add(place));
    };
  }

  /** The oldest mark of the app that a follower reads soon; Infinity where the app has no follower. */
  oldestNeeded(app: AppId): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const place of this.places) {
      if (this.clock.monotonic() - place.at > AWAY) this.leave(place);
      else if (place.apps === null || place.apps.includes(app)) oldest = Math.min(oldest, place.mark);
    }
    return oldest;
  }

  private enter(apps: readonly AppId[] | null, position: LogPosition): Place {
    const place = { apps, mark: position.mark, key: keyOf(position), at: this.clock.monotonic() };
    this.places.add(place);
    return place;
  }

  private leave(place: Place): void {
    this.places.delete(place);
    const others = this.waiting.get(place.key);
    others?.delete(place);
    if (others?.size === 0) this.waiting.delete(place.key);
  }
}

function keyOf({ mark, byte }: LogPosition): string {
  return `${mark}:${byte}`;
}
