import type { Clock } from '../contracts/clock.ts';
import type { Stray } from '../contracts/discovery.ts';
import { strayTexts } from '../core/stray-texts.ts';
import type { Look } from './look.ts';

/** What a look says of a directory that is no app; null where it is one. */
export function strayOf(name: string, look: Look | null): Stray | null {
  return look?.stray ? { name, ...look.stray } : null;
}

/** How many of the strays that are known now are named. `toehold doctor` names all. */
const MOST_NAMED = 20;

/** A stray that is known now. */
interface Known {
  readonly stray: Stray;
  /** Ends its wait; null: it was named, or counted as one of the many. */
  readonly end: (() => void) | null;
  readonly named: boolean;
}

/**
 * Says of each stray why it is no app, when it has been one for long enough not to be half-made. It says so again when the reason
 * changes, or when the directory was an app or gone in the meantime.
 */
export class StrayNotices {
  private readonly clock: Clock;
  private readonly patience: number;
  private readonly say: (text: string) => void;
  private readonly command: string;
  private readonly known = new Map<string, Known>();
  /** How many of the known ones were named. */
  private named = 0;
  /** Whether it has said that there are more than it names. */
  private saidMore = false;

  /**
   * @param patience in milliseconds
   * @param command how a person calls this program
   */
  constructor(clock: Clock, patience: number, say: (text: string) => void, command = 'toehold') {
    this.clock = clock;
    this.patience = patience;
    this.say = say;
    this.command = command;
  }

  /** Takes what was found under a name. */
  found(name: string, stray: Stray | null): void {
    const before = this.known.get(name);
    if (stray !== null && before?.stray.reason === stray.reason) return;
    before?.end?.();
    this.known.delete(name);
    if (before?.named) {
      this.named -= 1;
      this.saidMore = false;
    }
    if (stray === null) return;
    const end = this.clock.after(this.patience, () => this.name(stray));
    this.known.set(name, { stray, end, named: false });
  }

  close(): void {
    for (const { end } of this.known.values()) end?.();
    this.known.clear();
  }

  private name(stray: Stray): void {
    const named = this.named < MOST_NAMED;
    this.known.set(stray.name, { stray, end: null, named });
    if (named) {
      this.named += 1;
      const { found, advice } = strayTexts(stray, this.command);
      this.say(`${JSON.stringify(stray.name)} in APPS_DIR ${found}. ${advice}`);
    } else if (!this.saidMore) {
      this.saidMore = true;
      this.say(`APPS_DIR has more directories that are not apps: ${this.command} doctor lists them`);
    }
  }
}
