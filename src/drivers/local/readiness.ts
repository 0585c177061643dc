import type { Clock } from '../../contracts/clock.ts';
import type { ListeningSocket } from '../../host/tcp-sockets.ts';
import type { Members } from './members.ts';
import type { Platform } from './platform.ts';
import { takesConnection } from './port-probe.ts';
import type { ProcessIdentity } from './process-table.ts';
import type { RunProcesses } from './run-processes.ts';
import type { SocketSource } from './sockets.ts';

/** A run that is to listen on its port. */
interface BootingRun extends RunProcesses {
  /** Its port took no connection before the spawn. */
  readonly portWasFree: boolean;
  /** A process of the run listens on its port. Called once. */
  listensAt(address: string): void;
}

interface Entry {
  /** Since when it boots. This and `searchAt` are monotonic, in milliseconds. */
  readonly since: number;
  /** From then on, all processes of the run are searched for the owner of the socket. */
  searchAt: number;
  connecting: boolean;
}

/** How often it looks for a change while a run is this young, and afterwards. All in milliseconds. */
const QUICK = 5;
const YOUNG = 3_000;
const SLOW = 25;
/** How often it looks at all sockets although their number is the same, while a run is young and afterwards. */
const ALL_EVERY = 250;
const ALL_EVERY_SLOW = 1_000;
/** Where the system does not tell who listens: how often it tries to connect. */
const CONNECT_EVERY = 60;
/** From one search among all processes of a run to the next. */
const SEARCH_EVERY = 250;
/** A look that took long is followed by a pause of so many times as long. */
const REST = 4;

/**
 * Finds out when a run listens on its port. Many times a second, it asks how many sockets there are, which costs next to
 * nothing. Only when their number is another one, it looks which of them listen. One look serves all runs that boot.
 */
export class Readiness {
  readonly #clock: Clock;
  readonly #platform: Platform;
  readonly #members: Members;
  readonly #booting = new Map<BootingRun, Entry>();
  #cancel: (() => void) | null = null;
  readonly #sockets: ReturnType<SocketSource['watch']>;
  /** When it looks at all sockets the next time. */
  #allAt = 0;

  constructor(clock: Clock, platform: Platform, members: Members) {
    this.#clock = clock;
    this.#platform = platform;
    this.#members = members;
    this.#sockets = platform.sockets.watch();
  }

  /** Looks until a process of the run listens on its port. */
  watch(run: BootingRun): void {
    this.#booting.set(run, { since: this.#clock.monotonic(), searchAt: 0, connecting: false });
    // It may listen already.
    this.#allAt = 0;
    if (!this.#cancel) this.#schedule(1);
  }

  forget(run: RunProcesses): void {
    this.#booting.delete(run as BootingRun);
  }

  close(): void {
    this.#booting.clear();
    this.#cancel?.();
    this.#sockets?.close();
  }

  #schedule(pause: number): void {
    this.#cancel = this.#clock.after(pause, () => {
      void this.#round().then((next) => {
        this.#cancel = null;
        if (this.#booting.size > 0) this.#schedule(next);
        else this.#sockets?.close();
      });
    });
  }

  /** @returns how long to wait for the next one, in milliseconds */
  async #round(): Promise<number> {
    const now = this.#clock.monotonic();
    const isQuick = [...this.#booting.values()].some(({ since }) => now - since < YOUNG);
    const isAll = now >= this.#allAt;
    if (isAll) this.#allAt = now + (isQuick ? ALL_EVERY : ALL_EVERY_SLOW);
    const listening = this.#listening(isAll);
    if (listening) await this.#look(listening, now, isAll);
    if (this.#sockets === null) return CONNECT_EVERY;
    const rest = listening ? REST * (this.#clock.monotonic() - now) : 0;
    return Math.max(isQuick ? QUICK : SLOW, rest);
  }

  /** Null where no socket has begun to listen since the last look. Without file descriptors, nobody can look. */
  #listening(isAll: boolean): readonly ListeningSocket[] | 'UNKNOWN' | null {
    try {
      return this.#sockets === null ? 'UNKNOWN' : this.#sockets.look(isAll);
    } catch {
      return null;
    }
  }

  async #look(listening: readonly ListeningSocket[] | 'UNKNOWN', now: number, isAll: boolean): Promise<void> {
    const byPort = new Map<number, ListeningSocket[]>();
    for (const socket of listening === 'UNKNOWN' ? [] : listening) {
      const others = byPort.get(socket.port);
      if (others) others.push(socket);
      else byPort.set(socket.port, [socket]);
    }
    const search: [BootingRun, ListeningSocket[]][] = [];
    for (const [run, entry] of this.#booting) {
      const onPort = byPort.get(run.spec.port ?? 0) ?? [];
      if (listening === 'UNKNOWN' || (isAll && this.#isElsewhere(run, onPort)))
        void this.#tryConnection(run, entry);
      else if (onPort.length > 0 && !(await this.#ownedByScript(run, onPort)) && now >= entry.searchAt) {
        entry.searchAt = now + SEARCH_EVERY;
        search.push([run, onPort]);
      }
    }
    if (search.length > 0) await this.#searchAll(search);
  }

  /** @param listener the process that listens; null where it is not known. */
  #found(run: BootingRun, address: string, listener: ProcessIdentity | null): void {
    if (!this.#booting.delete(run)) return;
    run.listener = listener;
    run.listensAt(address);
  }

  /** Most scripts become the server themselves: its few fds are read first. */
  async #ownedByScript(run: BootingRun, onPort: readonly ListeningSocket[]): Promise<boolean> {
    const { processes } = this.#platform;
    if (!run.script || processes.startOf(run.script.pid) !== run.script.start) return false;
    const address = await this.#addressFor(run.script.pid, onPort);
    if (typeof address !== 'string') return false;
    this.#found(run, address, run.script);
    return true;
  }

  async #searchAll(search: readonly [BootingRun, ListeningSocket[]][]): Promise<void> {
    for (const [run, onPort] of search) {
      let unreadable = false;
      for (const { pid, start } of await this.#members.of(run)) {
        const address = await this.#addressFor(pid, onPort);
        if (typeof address === 'string') {
          this.#found(run, address, { pid, start });
          break;
        }
        unreadable ||= address === undefined;
      }
      const entry = this.#booting.get(run);
      if (entry && unreadable) void this.#tryConnection(run, entry);
    }
  }

  /** Where a GET reaches the process as a listener; null if it does not listen there; undefined if its fds cannot be read. */
  async #addressFor(pid: number, onPort: readonly ListeningSocket[]): Promise<string | null | undefined> {
    const owned = this.#platform.sockets.socketsOf(pid);
    if (!owned) return undefined;
    return reachableAt(onPort.filter(({ inode }) => owned.has(inode)));
  }

  /** Whether the run has a network of its own, whose sockets are not listed here. */
  #isElsewhere(run: BootingRun, onPort: readonly ListeningSocket[]): boolean {
    return onPort.length === 0 && run.script !== null && !this.#platform.sockets.sameNetwork(run.script.pid);
  }

  async #tryConnection(run: BootingRun, entry: Entry): Promise<void> {
    const { port } = run.spec;
    if (entry.connecting || !run.portWasFree || port === null) return;
    entry.connecting = true;
    for (const address of ['127.0.0.1', '::1']) {
      if (await takesConnection(port, address)) {
        this.#found(run, address, null);
        break;
      }
    }
    entry.connecting = false;
  }
}

/** The address that a GET should use, of a process's sockets on one port; null where there are none. */
export async function reachableAt(sockets: readonly ListeningSocket[]): Promise<string | null> {
  const addresses = sockets.map(({ address }) => address);
  if (addresses.includes('0.0.0.0') || addresses.includes('127.0.0.1')) return '127.0.0.1';
  const wildcard = sockets.find(({ address }) => address === '::');
  // No table shows whether a listener on `::` accepts IPv4, too. A connection shows it. To bind the port would show it
  // as well, but could keep the app from listening there.
  if (wildcard) return (await takesConnection(wildcard.port, '127.0.0.1')) ? '127.0.0.1' : '::1';
  return addresses[0] ?? null;
}
