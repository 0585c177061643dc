import { isLoopbackAddress, networkOf } from './addresses.ts';

export interface PlacesOptions<T> {
  /** How many there are. */
  readonly most: number;
  /** How many of them strangers of one network may hold; this machine is no network. */
  readonly mostOfNetwork: number;
  /** Ends what has to make room. */
  readonly end: (holder: T) => void;
}

interface Stranger {
  /** By the monotonic clock, in milliseconds. */
  readonly since: number;
  /** Null: this machine. */
  readonly network: string | null;
}

/**
 * A limited number of places for connections. Nobody needs a token to connect, so a stranger, who has shown none yet,
 * holds a place only until others need it: the oldest stranger makes room for whoever comes next. Who has shown a
 * token keeps the place. Strangers of other machines make room for this machine first, and those of one network
 * for one another.
 */
export class Places<T> {
  readonly #options: PlacesOptions<T>;
  readonly #known = new Set<T>();
  // Each in the order of arrival.
  readonly #local = new Map<T, Stranger>();
  readonly #remote = new Map<T, Stranger>();
  readonly #networks = new Map<string, Set<T>>();

  constructor(options: PlacesOptions<T>) {
    this.#options = options;
  }

  get taken(): number {
    return this.#known.size + this.#local.size + this.#remote.size;
  }

  /** False: everybody who holds a place has shown a token. */
  get open(): boolean {
    return this.taken < this.#options.most || this.#local.size + this.#remote.size > 0;
  }

  /**
   * Gives a newcomer a place, and ends the stranger who makes room for it.
   * @param address of the other end; undefined where it has none
   * @param now by the monotonic clock, in milliseconds
   * @returns false where no place is left
   */
  take(holder: T, address: string | undefined, now: number): boolean {
    if (!this.open) return false;
    const network = isLoopbackAddress(address) ? null : networkOf(address ?? '');
    if (this.taken >= this.#options.most) this.#makeRoom();
    (network === null ? this.#local : this.#remote).set(holder, { since: now, network });
    if (network !== null) this.#limitNetwork(holder, network);
    return true;
  }

  /** The holder has shown a token. */
  know(holder: T): void {
    if (this.#local.has(holder) || this.#remote.has(holder)) {
      this.leave(holder);
      this.#known.add(holder);
    }
  }

  leave(holder: T): void {
    const network = this.#remote.get(holder)?.network;
    this.#known.delete(holder);
    this.#local.delete(holder);
    this.#remote.delete(holder);
    if (network == null) return;
    const ofNetwork = this.#networks.get(network);
    ofNetwork?.delete(holder);
    if (ofNetwork?.size === 0) this.#networks.delete(network);
  }

  /** Strangers who came at `time` or before. */
  *strangersSince(time: number): Generator<T> {
    for (const strangers of [this.#local, this.#remote]) {
      for (const [holder, { since }] of strangers) {
        if (since > time) break;
        yield holder;
      }
    }
  }

  #makeRoom(): void {
    const crowd = this.#remote.size > this.#local.size ? this.#remote : this.#local;
    for (const oldest of crowd.keys()) return this.#end(oldest);
  }

  #limitNetwork(holder: T, network: string): void {
    const ofNetwork = this.#networks.get(network) ?? new Set();
    this.#networks.set(network, ofNetwork.add(holder));
    if (ofNetwork.size <= this.#options.mostOfNetwork) return;
    for (const oldest of ofNetwork) return this.#end(oldest);
  }

  #end(holder: T): void {
    this.leave(holder);
    this.#options.end(holder);
  }
}
