import { randomBytes } from 'node:crypto';
import type { Clock } from '../contracts/clock.ts';

/** After so long a new nonce takes the place of the current one, which is good for as long again, in milliseconds. */
const ROTATED_EVERY = 120_000;

/** So many proofs may carry one nonce; then a new one takes its place. It bounds what is remembered. */
const MOST_PROOFS = 10_000;

interface Nonce {
  readonly text: string;
  readonly since: number;
  /** The ids of the proofs that carried it. */
  readonly seen: Set<string>;
}

/**
 * What a proof must carry to show that it was made for this server, and lately (RFC 9449, section 8). Nonces are made
 * of chance at each start: whoever had the port before could not have a proof made for one of them.
 */
export interface Nonces {
  current(): string;
  isGood(nonce: string): boolean;
  /** Notes a proof, by its id, as used; false: it was used before, or its nonce is not good. */
  use(nonce: string, id: string): boolean;
}

export function createNonces(clock: Pick<Clock, 'monotonic'>): Nonces {
  let current = make();
  let previous: Nonce | null = null;

  function make(): Nonce {
    return { text: randomBytes(16).toString('base64url'), since: clock.monotonic(), seen: new Set() };
  }

  function rotate(): void {
    const age = clock.monotonic() - current.since;
    if (age < ROTATED_EVERY && current.seen.size < MOST_PROOFS) return;
    previous = age < 2 * ROTATED_EVERY ? current : null;
    current = make();
  }

  function find(text: string): Nonce | null {
    rotate();
    const found = [current, previous].find((nonce) => nonce?.text === text);
    return found && found.seen.size < MOST_PROOFS ? found : null;
  }

  return {
    current() {
      rotate();
      return current.text;
    },
    isGood: (text) => find(text) !== null,
    use(text, id) {
      const nonce = find(text);
      if (!nonce || nonce.seen.has(id)) return false;
      nonce.seen.add(id);
      return true;
    },
  };
}
