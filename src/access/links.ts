import type { Clock } from '../contracts/clock.ts';
import type { Role } from '../core/access.ts';
import { hashOf, isSameHash, newSecret } from './secrets.ts';

/** How long a link may wait to be opened, in milliseconds. */
const LIFETIME = 600_000;

/** So many wait at most; of one token, so many. The oldest goes. */
const MOST = 100;
const MOST_OF_ONE = 10;

/** Whom a link makes a session for. */
export interface LinkOwner {
  /** The id of the token that made it. */
  readonly token: string;
  readonly role: Role;
}

interface Link extends LinkOwner {
  readonly hash: Buffer;
  /** By the clock that only grows: setting the wall clock back prolongs no link. */
  readonly endsAt: number;
}

/** One-time links, in memory alone: they do not outlive the server that made them. */
export interface Links {
  create(owner: LinkOwner): { readonly secret: string; readonly expiresAt: number };
  /** Whom it makes a session for; it stays as it is. Null: spent, unknown or too old. */
  ownerOf(secret: string): LinkOwner | null;
  /**
   * What is made for its owner; it is spent then. Null: spent, unknown or too old.
   * @throws what `make` throws, and it is as good as before
   */
  redeem<T>(secret: string, make: (owner: LinkOwner) => T): T | null;
}

export function createLinks(clock: Clock): Links {
  let links: Link[] = [];

  function dropOld(): void {
    const now = clock.monotonic();
    links = links.filter(({ endsAt }) => endsAt > now);
  }

  function makeRoom(token: string): void {
    const own = links.filter((link) => link.token === token);
    const [oldest] = own.length >= MOST_OF_ONE ? own : links.length >= MOST ? links : [];
    links = links.filter((link) => link !== oldest);
  }

  function find(secret: string): Link | null {
    dropOld();
    const hash = hashOf(secret);
    // All of them are looked at, so that the time tells nothing of which it was.
    const [found = null] = links.filter((link) => isSameHash(link.hash, hash));
    return found;
  }

  return {
    create({ token, role }) {
      dropOld();
      makeRoom(token);
      const secret = newSecret();
      links.push({ token, role, hash: hashOf(secret), endsAt: clock.monotonic() + LIFETIME });
      return { secret, expiresAt: clock.now() + LIFETIME };
    },
    ownerOf: find,
    redeem(secret, make) {
      const found = find(secret);
      if (!found) return null;
      const made = make({ token: found.token, role: found.role });
      links = links.filter((link) => link !== found);
      return made;
    },
  };
}
