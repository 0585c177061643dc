import type { Clock } from '../contracts/clock.ts';

/** How many entries an account may have within each span, in milliseconds. Each rule counts on its own. */
const RULES = [
  { most: 60, span: 60_000 },
  { most: 1_000, span: 86_400_000 },
] as const;

/** How many accounts each rule remembers. The account whose span began first is forgotten first. */
const MOST_ACCOUNTS = 10_000;

export interface Room {
  /** Milliseconds until there is room. 0: there was room, and it is taken now. */
  readonly wait: number;
  /** This is the first entry of its span without room. */
  readonly first: boolean;
}

/** Counts entries by account, by the minute and by the day. */
export function createEntryLimit(clock: Pick<Clock, 'monotonic'>): (account: string) => Room {
  const rules = RULES.map((rule) => createRule(rule, clock));
  return (account) => {
    for (const take of rules) {
      const room = take(account);
      if (room.wait > 0) return room;
    }
    return { wait: 0, first: false };
  };
}

function createRule(
  { most, span }: (typeof RULES)[number],
  clock: Pick<Clock, 'monotonic'>,
): (account: string) => Room {
  // In the order in which the spans began.
  const spans = new Map<string, { readonly begin: number; count: number }>();

  function dropOld(now: number): void {
    for (const [account, { begin }] of spans) {
      if (now - begin < span && spans.size <= MOST_ACCOUNTS) return;
      spans.delete(account);
    }
  }

  return (account) => {
    const now = clock.monotonic();
    dropOld(now);
    const known = spans.get(account) ?? { begin: now, count: 0 };
    spans.set(account, known);
    known.count += 1;
    const wait = known.count > most ? known.begin + span - now : 0;
    return { wait, first: known.count === most + 1 };
  };
}
