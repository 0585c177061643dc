import type { Clock } from '../../contracts/clock.ts';
import type { AppId } from '../../core/app.ts';

export interface RetentionLimits {
  /** What an app's files and marks may take on the disk, in bytes. */
  readonly bytesPerApp: number;
  /** Lines older than this are freed, in milliseconds; null: however old they are. */
  readonly maxAge: number | null;
  /** How many ended runs of an app are kept. */
  readonly endedRuns: number;
  /** With less than this free on the disk every log shrinks, in bytes. */
  readonly freeBytes: number;
}

export const DEFAULT_RETENTION: RetentionLimits = {
  bytesPerApp: 64 * 1024 * 1024,
  maxAge: null,
  endedRuns: 1_000,
  freeBytes: 64 * 1024 * 1024,
};

/**
 * How long it takes until the first bytes are free, in milliseconds: a commit must reach the disk and a command must
 * run, on a machine that the app keeps busy.
 */
const USUAL_WAIT = 100;
/** How long that takes at times. */
const LONG_WAIT = 250;
/** Within this time after lines of an app were freed it will need room again; a pause of it is a rest. In milliseconds. */
const FLOOD = 2_000;

/**
 * How large each app's log may become before lines are freed. The log of an app that prints little may fill its limit.
 * A fast app prints on until the first bytes are free, so freeing begins earlier by as much; but not below half of the
 * limit, because a burst may end and should be kept whole. An app is in a flood once lines were freed and it has
 * printed more than its limit without a rest: its log is then kept so far from the limit that even a long wait does
 * not take it much beyond.
 */
export class Targets {
  /** However fast an app prints, this much of its log is kept, in bytes. */
  readonly least: number;
  private readonly limit: number;
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly speeds: Speeds;
  private readonly freedAt = new Map<AppId, number>();
  /** What each app has printed since its last rest. */
  private readonly stretches = new Map<AppId, { bytes: number; last: number }>();

  constructor(limit: number, clock: Pick<Clock, 'monotonic'>) {
    this.limit = limit;
    this.least = Math.floor(limit / 8);
    this.clock = clock;
    this.speeds = new Speeds(clock);
  }

  grew(app: AppId, bytes: number): void {
    this.speeds.grew(app, bytes);
    const now = this.clock.monotonic();
    const known = this.stretches.get(app);
    const goesOn = known && now - known.last < FLOOD;
    this.stretches.set(app, { bytes: bytes + (goesOn ? known.bytes : 0), last: now });
  }

  /** Lines of the app were freed because of its limit. */
  freed(app: AppId): void {
    this.freedAt.set(app, this.clock.monotonic());
  }

  /** In bytes. */
  of(app: AppId): number {
    const freed = this.clock.monotonic() - (this.freedAt.get(app) ?? Number.NEGATIVE_INFINITY) < FLOOD;
    const flood = freed && (this.stretches.get(app)?.bytes ?? 0) > this.limit;
    const ahead = this.speeds.of(app) * (flood ? LONG_WAIT : USUAL_WAIT);
    return Math.max(flood ? this.least : Math.floor(this.limit / 2), this.limit - ahead);
  }
}

/** Over how long a speed is measured, in milliseconds: some looks. */
const WINDOW = 20;
/** After this time a speed that is not reached again counts half, in milliseconds. */
const HALF = 500;

/** How fast apps print, measured by how their files grow. */
class Speeds {
  private readonly clock: Pick<Clock, 'monotonic'>;
  private readonly apps = new Map<AppId, { since: number; bytes: number; speed: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.clock = clock;
  }

  grew(app: AppId, bytes: number): void {
    const now = this.clock.monotonic();
    const known = this.apps.get(app);
    if (!known) {
      // What the first look finds may have been there for days.
      this.apps.set(app, { since: now, bytes: 0, speed: 0 });
      return;
    }
    known.bytes += bytes;
    const time = now - known.since;
    if (time < WINDOW) return;
    known.speed = Math.max(known.bytes / time, known.speed * faded(time));
    known.bytes = 0;
    known.since = now;
  }

  /** In bytes per millisecond: the highest of late, because an app in a flood that pauses soon goes on. */
  of(app: AppId): number {
    const known = this.apps.get(app);
    return known ? known.speed * faded(this.clock.monotonic() - known.since) : 0;
  }
}

function faded(time: number): number {
  return 0.5 ** (time / HALF);
}
