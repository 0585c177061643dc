import type { AppId } from '../core/app.ts';
import type { LogPosition } from '../core/cursor.ts';

/** Whether a position lies before another. */
export function isBefore(a: LogPosition, b: LogPosition): boolean {
  return a.mark < b.mark || (a.mark === b.mark && a.byte < b.byte);
}

/** What was freed of each app's log, in memory: asked for each mark that is read. */
export interface Losses {
  /** The app's lines end there that are gone for good. */
  of(app: AppId): LogPosition | null;
  /** Those of these apps (null: of all) that a reader at this position has not passed; the oldest first. */
  after(apps: readonly AppId[] | null, position: LogPosition): { app: AppId; lost: LogPosition }[];
  grew(app: AppId, lost: LogPosition): void;
}

export function createLosses(initial: ReadonlyMap<AppId, LogPosition>): Losses {
  const losses = new Map(initial);
  return {
    of: (app) => losses.get(app) ?? null,
    after(apps, position) {
      const found: { app: AppId; lost: LogPosition }[] = [];
      for (const app of apps ?? losses.keys()) {
        const lost = losses.get(app);
        if (lost && isBefore(position, lost)) found.push({ app, lost });
      }
      return found.sort((a, b) => (isBefore(a.lost, b.lost) ? -1 : 1));
    },
    grew(app, lost) {
      const known = losses.get(app);
      if (!known || isBefore(known, lost)) losses.set(app, lost);
    },
  };
}
