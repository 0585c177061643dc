import type { Clock } from '../../contracts/clock.ts';
import type { AppId } from '../../core/app.ts';
import { createSpeeds } from './speed.ts';

/**
 * How large each app's log may become before lines are freed, in bytes. The log of an app that prints little
 * may fill its limit. A fast one prints on until the first bytes are free, so freeing begins by so much
 * earlier; not below half the limit, for a burst may end and be wanted whole. Once lines were freed of one
 * that printed more than its limit without a rest the app is in a flood: its log is kept so far from the limit
 * that it stays about there through a long wait, too. A burst that would have fitted is none.
 */
export interface Aims {
  grew(app: AppId, bytes: number): void;
  /** Lines of the app were freed for its limit's sake. */
  freed(app: AppId): void;
  of(app: AppId): number;
  /** However fast an app prints, this much of its log is kept. */
  readonly least: number;
}

/**
 * How long it takes until the first bytes are free, in milliseconds: a commit must be on the disk and a command
 * must run, on a machine that the app keeps busy.
 */
const USUAL_WAIT = 100;
/** How long that may take now and then. */
const LONG_WAIT = 250;
/** An app of which lines were freed so lately, in milliseconds, will need room again. So long is a rest, too. */
const FLOOD = 2_000;

export function createAims(limit: number, clock: Clock): Aims {
  const least = Math.floor(limit / 8);
  const speeds = createSpeeds(clock);
  const freedAt = new Map<AppId, number>();
  const stretches = new Map<AppId, { bytes: number; last: number }>();

  /** What an app has printed since it last rested. */
  function count(app: AppId, bytes: number): void {
    const now = clock.monotonic();
    const known = stretches.get(app);
    const goesOn = known && now - known.last < FLOOD;
    stretches.set(app, { bytes: bytes + (goesOn ? known.bytes : 0), last: now });
  }

  return {
    least,
    grew(app, bytes) {
      speeds.grew(app, bytes);
      count(app, bytes);
    },
    freed: (app) => void freedAt.set(app, clock.monotonic()),
    of(app) {
      const freed = clock.monotonic() - (freedAt.get(app) ?? Number.NEGATIVE_INFINITY) < FLOOD;
      const flood = freed && (stretches.get(app)?.bytes ?? 0) > limit;
      const ahead = speeds.of(app) * (flood ? LONG_WAIT : USUAL_WAIT);
      return Math.max(flood ? least : Math.floor(limit / 2), limit - ahead);
    },
  };
}
