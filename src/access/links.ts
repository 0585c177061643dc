import type { Clock } from '../contracts/clock.ts';
import type { Role } from '../core/access.ts';
import { hashOf, isSameHash, newSecret } from './secrets.ts';

/** How long a link can be opened, in milliseconds. */
const LIFETIME = 600_000;

/** How many links there are at most, and how many of one token. The oldest makes room. */
const MOST = 100;
const MOST_OF_ONE = 10;

/** For whom a link begins a session. */
export interface LinkOwner {
  /** The id of the token that made it. */
  readonly token: string;
  readonly role: Role;
}

interface Link extends LinkOwner {
  readonly hash: Buffer;
  /** By the monotonic clock: setting the wall clock back prolongs no link. */
  readonly endsAt: number;
}

/** One-time links. They are in memory only, and end with the server that made them. */
export class Links {
  private readonly clock: Clock;
  private links: Link[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** @returns the secret, and until when it can be used, in milliseconds since the epoch. */
  create({ token, role }: LinkOwner): { readonly secret: string; readonly expiresAt: number } {
    this.dropExpired();
    this.makeRoom(token);
    const secret = newSecret();
    this.links.push({ token, role, hash: hashOf(secret), endsAt: this.clock.monotonic() + LIFETIME });
    return { secret, expiresAt: this.clock.now() + LIFETIME };
  }

  /** Does not use the link up. Null where it is used, unknown or too old. */
  ownerOf(secret: string): LinkOwner | null {
    return this.find(secret);
  }

  /**
   * Uses the link up. Null where it is used, unknown or too old.
   * @returns what `make` makes for the owner.
   * @throws what `make` throws; then the link can still be used
   */
  redeem<T>(secret: string, make: (owner: LinkOwner) => T): T | null {
    const found = this.find(secret);
    if (!found) return null;
    const made = make({ token: found.token, role: found.role });
    this.links = this.links.filter((link) => link !== found);
    return made;
  }

  private find(secret: string): Link | null {
    this.dropExpired();
    const hash = hashOf(secret);
    // Looks at all of them, so that the time does not show which one it was.
    const [found = null] = this.links.filter((link) => isSameHash(link.hash, hash));
    return found;
  }

  private dropExpired(): void {
    const now = this.clock.monotonic();
    this.links = this.links.filter(({ endsAt }) => endsAt > now);
  }

  private makeRoom(token: string): void {
    const own = this.links.filter((link) => link.token === token);
    const [oldest] = own.length >= MOST_OF_ONE ? own : this.links.length >= MOST ? this.links : [];
    this.links = this.links.filter((link) => link !== oldest);
  }
}
