import type { Clock } from '../../contracts/clock.ts';
import type { Mark, MarkStore } from '../../contracts/marks.ts';
import type { LogBus } from '../bus.ts';

export type Draft = Omit<Mark, 'seq'>;

export interface MarkerOptions {
  readonly marks: MarkStore;
  readonly clock: Clock;
  readonly bus: LogBus;
  /** The database takes no marks. Called once, until it takes some again. */
  readonly failed: (error: unknown) => void;
}

const RETRY_MS = 250;

/** Commits the marks that the looks of one turn of the loop found, in one transaction, and then announces them. */
export class Marker {
  private readonly options: MarkerOptions;
  private drafts: Draft[] = [];
  private isBlocked = false;
  private cancelRetry = () => {};
  private waiting: (() => void)[] = [];

  constructor(options: MarkerOptions) {
    this.options = options;
  }

  /** The database took no marks at the last try: looking further would only pile them up. */
  get blocked(): boolean {
    return this.isBlocked;
  }

  add(drafts: readonly Draft[]): void {
    for (const draft of drafts) this.drafts.push(draft);
  }

  /** True when all is committed. */
  flush(): boolean {
    if (this.drafts.length > 0) {
      const made = this.append();
      if (made === null) return false;
      this.drafts = [];
      this.isBlocked = false;
      this.cancelRetry();
      this.options.bus.emit('committed', made);
    }
    this.release();
    return true;
  }

  /** Resolves when what was added so far is committed, or the marker is closed. */
  settled(): Promise<void> {
    if (this.drafts.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  close(): void {
    this.cancelRetry();
    this.release();
  }

  private append(): readonly Mark[] | null {
    const { marks, clock, failed } = this.options;
    // Bytes that are found at recovery have earlier times. The order within a stream stays, for the sort is stable.
    const batch = this.drafts.toSorted((a, b) => a.at - b.at);
    try {
      return marks.append(batch);
    } catch (error) {
      if (!this.isBlocked) failed(error);
      this.isBlocked = true;
      this.cancelRetry();
      this.cancelRetry = clock.after(RETRY_MS, () => this.flush());
      return null;
    }
  }

  private release(): void {
    const resolved = this.waiting;
    this.waiting = [];
    for (const resolve of resolved) resolve();
  }
}
