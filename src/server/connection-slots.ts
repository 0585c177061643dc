import { isLoopbackAddress, networkOf } from './addresses.ts';

interface SlotOptions<T> {
  /** How many slots there are. */
  readonly most: number;
  /** How many of them unauthenticated connections of one network may hold. This machine has no such limit. */
  readonly mostOfNetwork: number;
  /** Closes a connection that loses its slot. */
  readonly end: (holder: T) => void;
}

interface Unauthenticated {
  /** By the monotonic clock, in milliseconds. */
  readonly since: number;
  /** Null: this machine. */
  readonly network: string | null;
}

/**
 * A limited number of slots for connections. Connecting needs no token. So a connection that has not shown one keeps
 * its slot only while slots are free: when none is, the oldest such connection is closed for the new one. A connection
 * that has shown a token keeps its slot. Of unauthenticated connections, the larger group is closed first: those from
 * this machine or those from others. A network at its own limit loses its oldest.
 */
export class ConnectionSlots<T> {
  readonly #options: SlotOptions<T>;
  readonly #authenticated = new Set<T>();
  // Unauthenticated, oldest first.
  readonly #local = new Map<T, Unauthenticated>();
  readonly #remote = new Map<T, Unauthenticated>();
  readonly #networks = new Map<string, Set<T>>();

  constructor(options: SlotOptions<T>) {
    this.#options = options;
  }

  get used(): number {
    return this.#authenticated.size + this.#local.size + this.#remote.size;
  }

  /** False where all slots are held by authenticated connections. */
  get available(): boolean {
    return this.used < this.#options.most || this.#local.size + this.#remote.size > 0;
  }

  /**
   * Gives a new connection a slot, and closes an unauthenticated one for it where none is free.
   * @param address of the other end; undefined where it has none
   * @param now by the monotonic clock, in milliseconds
   * @returns false where no slot is available
   */
  acquire(holder: T, address: string | undefined, now: number): boolean {
    if (!this.available) return false;
    const network = isLoopbackAddress(address) ? null : networkOf(address ?? '');
    if (this.used >= this.#options.most) this.#makeRoom();
    (network === null ? this.#local : this.#remote).set(holder, { since: now, network });
    if (network !== null) this.#limitNetwork(holder, network);
    return true;
  }

  /** The connection has shown a token. */
  authenticate(holder: T): void {
    if (this.#local.has(holder) || this.#remote.has(holder)) {
      this.release(holder);
      this.#authenticated.add(holder);
    }
  }

  release(holder: T): void {
    const network = this.#remote.get(holder)?.network;
    this.#authenticated.delete(holder);
    this.#local.delete(holder);
    this.#remote.delete(holder);
    if (network == null) return;
    const ofNetwork = this.#networks.get(network);
    ofNetwork?.delete(holder);
    if (ofNetwork?.size === 0) this.#networks.delete(network);
  }

  /** Unauthenticated connections made at `time` or before. */
  *unauthenticatedSince(time: number): Generator<T> {
    for (const connections of [this.#local, this.#remote]) {
      for (const [holder, { since }] of connections) {
        if (since > time) break;
        yield holder;
      }
    }
  }

  #makeRoom(): void {
    const larger = this.#remote.size > this.#local.size ? this.#remote : this.#local;
    for (const oldest of larger.keys()) return this.#end(oldest);
  }

  #limitNetwork(holder: T, network: string): void {
    const ofNetwork = this.#networks.get(network) ?? new Set();
    this.#networks.set(network, ofNetwork.add(holder));
    if (ofNetwork.size <= this.#options.mostOfNetwork) return;
    for (const oldest of ofNetwork) return this.#end(oldest);
  }

  #end(holder: T): void {
    this.release(holder);
    this.#options.end(holder);
  }
}
