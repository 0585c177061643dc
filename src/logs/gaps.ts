import type { AppId } from '../core/app.ts';
import type { LogPosition } from '../core/cursor.ts';

/** Whether a position lies before another. */
export function isBefore(a: LogPosition, b: LogPosition): boolean {
  return a.mark < b.mark || (a.mark === b.mark && a.byte < b.byte);
}

/** Where the lines end that retention has freed, for each app. In memory, because each mark that is read asks for it. */
export class Gaps {
  private readonly ends: Map<AppId, LogPosition>;

  /** @param freed what the database keeps of earlier gaps: `MarkStore.lost`. */
  constructor(freed: ReadonlyMap<AppId, LogPosition>) {
    this.ends = new Map(freed);
  }

  /** All lines of the app up to this position are freed; null where none was. */
  endOf(app: AppId): LogPosition | null {
    return this.ends.get(app) ?? null;
  }

  /** The gaps that a reader at this position has yet to pass, the oldest first. @param apps null: all */
  after(apps: readonly AppId[] | null, position: LogPosition): { app: AppId; end: LogPosition }[] {
    const found: { app: AppId; end: LogPosition }[] = [];
    for (const app of apps ?? this.ends.keys()) {
      const end = this.ends.get(app);
      if (end && isBefore(position, end)) found.push({ app, end });
    }
    return found.sort((a, b) => (isBefore(a.end, b.end) ? -1 : 1));
  }

  /** The app's lines up to this position are about to be freed: readers must not read them any more. */
  extend(app: AppId, end: LogPosition): void {
    const known = this.ends.get(app);
    if (!known || isBefore(known, end)) this.ends.set(app, end);
  }
}
