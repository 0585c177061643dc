import type { Clock } from '../../contracts/clock.ts';
import type { AppId } from '../../core/app.ts';
import type { PortHolder } from '../../core/errors.ts';

interface Conflict {
  readonly port: number;
  readonly pid: number | null;
  /** Monotonic, in milliseconds. */
  readonly since: number;
}

/**
 * Since when another process holds an app's own port, as far as this control plane has seen. Most conflicts pass, and
 * an app keeps its port for life (docs/behavior.md A17, B-15).
 */
export class PortConflicts {
  private readonly clock: Clock;
  private readonly patience: number;
  private readonly conflicts = new Map<AppId, Conflict>();

  /** @param patience how long a conflict may last before the app takes another port, in milliseconds */
  constructor(clock: Clock, patience: number) {
    this.clock = clock;
    this.patience = patience;
  }

  /** The app found its port held. A conflict with another process than before is a new one. */
  met(app: AppId, port: number, { pid }: Pick<PortHolder, 'pid'>): { isNew: boolean; isLasting: boolean } {
    const now = this.clock.monotonic();
    const known = this.conflicts.get(app);
    if (known?.port === port && known.pid === pid)
      return { isNew: false, isLasting: now - known.since >= this.patience };
    this.conflicts.set(app, { port, pid, since: now });
    return { isNew: true, isLasting: this.patience === 0 };
  }

  /** The app has a port that it can bind. */
  over(app: AppId): void {
    this.conflicts.delete(app);
  }
}
