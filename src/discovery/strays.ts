import type { Clock } from '../contracts/clock.ts';
import type { Stray } from '../contracts/discovery.ts';
import type { Look } from './look.ts';

/** What a look says of a directory that is no app; null where it is one. */
export function strayOf(name: string, look: Look | null): Stray | null {
  return look?.stray ? { name, ...look.stray } : null;
}

/** Further ones are counted by `toehold doctor` alone. */
const MOST_TOLD = 20;

/** Says once of each stray that it is none of the apps, when it has been one for long enough not to be half-made. */
export class StrayNotices {
  private readonly clock: Clock;
  private readonly patience: number;
  private readonly say: (text: string) => void;
  /** Each with what ends its wait; null where it was said. */
  private readonly known = new Map<string, (() => void) | null>();
  private told = 0;

  /** @param patience in milliseconds */
  constructor(clock: Clock, patience: number, say: (text: string) => void) {
    this.clock = clock;
    this.patience = patience;
    this.say = say;
  }

  /** Takes what was found under a name. */
  found(name: string, stray: Stray | null): void {
    if (stray === null) {
      this.known.get(name)?.();
      this.known.delete(name);
    } else if (!this.known.has(name)) {
      this.known.set(
        name,
        this.clock.after(this.patience, () => this.tell(stray)),
      );
    }
  }

  close(): void {
    for (const end of this.known.values()) end?.();
    this.known.clear();
  }

  private tell(stray: Stray): void {
    this.known.set(stray.name, null);
    this.told += 1;
    if (this.told <= MOST_TOLD)
      this.say(`${JSON.stringify(stray.name)} in APPS_DIR is not an app (${stray.reason}): ${stray.advice}`);
    else if (this.told === MOST_TOLD + 1)
      this.say('APPS_DIR has more directories that are no apps: toehold doctor lists them');
  }
}
