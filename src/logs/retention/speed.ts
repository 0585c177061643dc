import type { Clock } from '../../contracts/clock.ts';
import type { AppId } from '../../core/app.ts';

/** How fast apps print, from how their files grow. */
export interface Speeds {
  grew(app: AppId, bytes: number): void;
  /** In bytes a millisecond: the highest of late, for an app in a flood that pauses will go on in a moment. */
  of(app: AppId): number;
}

/** Over how long a speed is measured, in milliseconds: some looks. */
const WINDOW = 20;
/** After so many milliseconds a speed that is not reached again counts half. */
const HALF = 500;

export function createSpeeds(clock: Clock): Speeds {
  const apps = new Map<AppId, { since: number; bytes: number; speed: number }>();

  return {
    grew(app, bytes) {
      const now = clock.monotonic();
      const known = apps.get(app);
      if (!known) {
        // What the first look finds may have been there for days.
        apps.set(app, { since: now, bytes: 0, speed: 0 });
        return;
      }
      known.bytes += bytes;
      const time = now - known.since;
      if (time < WINDOW) return;
      known.speed = Math.max(known.bytes / time, known.speed * faded(time));
      known.bytes = 0;
      known.since = now;
    },
    of(app) {
      const known = apps.get(app);
      return known ? known.speed * faded(clock.monotonic() - known.since) : 0;
    },
  };
}

function faded(time: number): number {
  return 0.5 ** (time / HALF);
}
