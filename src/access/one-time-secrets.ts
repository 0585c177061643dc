import type { Clock } from '../contracts/clock.ts';
import type { Role } from '../core/access.ts';
import { hashOf, isSameHash, newSecret } from './secrets.ts';

/** How many secrets there are at most, and how many of one token. The oldest makes room. */
const MOST = 100;
const MOST_OF_ONE = 10;

/** For whom a secret begins a session. */
export interface LinkOwner {
  /** The id of the token that made it. */
  readonly token: string;
  readonly role: Role;
}

/** For whom a code begins a session, and what must be shown with it. */
export interface CodeOwner extends LinkOwner {
  /** The origin of the page that asked for it. */
  readonly origin: string;
  /** The challenge of that page (RFC 7636, S256). */
  readonly challenge: string;
}

interface Kept<Owner> {
  readonly owner: Owner;
  readonly hash: Buffer;
  /** By the monotonic clock: setting the wall clock back prolongs no link. */
  readonly endsAt: number;
}

/** Secrets that work once: of links and of codes. They are in memory only, and end with the server that made them. */
export class OneTimeSecrets<Owner extends LinkOwner> {
  private readonly clock: Clock;
  private readonly lifetime: number;
  private kept: Kept<Owner>[] = [];

  /** @param lifetime how long each can be used, in milliseconds */
  constructor(clock: Clock, lifetime: number) {
    this.clock = clock;
    this.lifetime = lifetime;
  }

  /** @returns the secret, and until when it can be used, in milliseconds since the epoch. */
  create(owner: Owner): { readonly secret: string; readonly expiresAt: number } {
    this.dropExpired();
    this.makeRoom(owner.token);
    const secret = newSecret();
    const endsAt = this.clock.monotonic() + this.lifetime;
    this.kept.push({ owner, hash: hashOf(secret), endsAt });
    return { secret, expiresAt: this.clock.now() + this.lifetime };
  }

  /** Does not use the secret up. Null where it is used, unknown or too old. */
  ownerOf(secret: string): Owner | null {
    return this.find(secret)?.owner ?? null;
  }

  /** Uses the secret up, whatever the caller then does. Null where it is used, unknown or too old. */
  take(secret: string): Owner | null {
    return this.redeem(secret, (owner) => owner);
  }

  /**
   * Uses the secret up. Null where it is used, unknown or too old.
   * @returns what `make` makes for the owner.
   * @throws what `make` throws; then the secret can still be used
   */
  redeem<T>(secret: string, make: (owner: Owner) => T): T | null {
    const found = this.find(secret);
    if (!found) return null;
    const made = make(found.owner);
    this.kept = this.kept.filter((other) => other !== found);
    return made;
  }

  private find(secret: string): Kept<Owner> | null {
    this.dropExpired();
    const hash = hashOf(secret);
    // Looks at all of them, so that the time does not show which one it was.
    const [found = null] = this.kept.filter((one) => isSameHash(one.hash, hash));
    return found;
  }

  private dropExpired(): void {
    const now = this.clock.monotonic();
    this.kept = this.kept.filter(({ endsAt }) => endsAt > now);
  }

  private makeRoom(token: string): void {
    const own = this.kept.filter(({ owner }) => owner.token === token);
    const [oldest] = own.length >= MOST_OF_ONE ? own : this.kept.length >= MOST ? this.kept : [];
    this.kept = this.kept.filter((other) => other !== oldest);
  }
}
