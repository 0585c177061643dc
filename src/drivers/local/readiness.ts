import type { Clock } from '../../contracts/clock.ts';
import type { ListeningSocket } from '../../host/tcp-sockets.ts';
import type { Members } from './members.ts';
import type { Platform } from './platform.ts';
import { takesConnection } from './port-probe.ts';
import type { RunProcesses } from './run-processes.ts';

/** A run that is to listen on its port. */
interface BootingRun extends RunProcesses {
  /** Its port took no connection before the spawn. */
  readonly portWasFree: boolean;
  /** A process of the run listens on its port. Called once. */
  listensAt(address: string): void;
}

interface Entry {
  /** From this round on, all processes of the run are searched for the owner of the socket. */
  searchAt: number;
  connecting: boolean;
}

const INTERVAL = 60;
/** Rounds between two searches for one run, and between two looks at its network. */
const SEARCH_EVERY = 4;

/** Finds out when a run listens on its port. One look at the system's listening sockets serves all runs that boot. */
export class Readiness {
  readonly #clock: Clock;
  readonly #platform: Platform;
  readonly #members: Members;
  readonly #booting = new Map<BootingRun, Entry>();
  #cancel: (() => void) | null = null;
  #rounds = 0;

  constructor(clock: Clock, platform: Platform, members: Members) {
    this.#clock = clock;
    this.#platform = platform;
    this.#members = members;
  }

  /** Looks until a process of the run listens on its port. */
  watch(run: BootingRun): void {
    this.#booting.set(run, { searchAt: 0, connecting: false });
    if (!this.#cancel) this.#schedule();
  }

  forget(run: RunProcesses): void {
    this.#booting.delete(run as BootingRun);
  }

  close(): void {
    this.#booting.clear();
    this.#cancel?.();
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(INTERVAL, () => {
      void this.#round().finally(() => {
        this.#cancel = null;
        if (this.#booting.size > 0) this.#schedule();
      });
    });
  }

  async #round(): Promise<void> {
    this.#rounds++;
    const listening = await this.#platform.sockets.listening().catch(() => []);
    const byPort = new Map<number, ListeningSocket[]>();
    for (const socket of listening ?? []) {
      const others = byPort.get(socket.port);
      if (others) others.push(socket);
      else byPort.set(socket.port, [socket]);
    }
    const search: [BootingRun, ListeningSocket[]][] = [];
    for (const [run, entry] of this.#booting) {
      const onPort = byPort.get(run.spec.port ?? 0) ?? [];
      if (listening === null || this.#isElsewhere(run, onPort)) void this.#tryConnection(run, entry);
      else if (
        onPort.length > 0 &&
        !(await this.#ownedByScript(run, onPort)) &&
        this.#rounds >= entry.searchAt
      ) {
        entry.searchAt = this.#rounds + SEARCH_EVERY;
        search.push([run, onPort]);
      }
    }
    if (search.length > 0) await this.#searchAll(search);
  }

  #found(run: BootingRun, address: string): void {
    if (this.#booting.delete(run)) run.listensAt(address);
  }

  /** Most scripts become the server themselves: its few fds are read first. */
  async #ownedByScript(run: BootingRun, onPort: readonly ListeningSocket[]): Promise<boolean> {
    const { processes } = this.#platform;
    if (!run.script || processes.startOf(run.script.pid) !== run.script.start) return false;
    const address = await this.#addressFor(run.script.pid, onPort);
    if (typeof address !== 'string') return false;
    this.#found(run, address);
    return true;
  }

  async #searchAll(search: readonly [BootingRun, ListeningSocket[]][]): Promise<void> {
    for (const [run, onPort] of search) {
      let unreadable = false;
      for (const { pid } of await this.#members.of(run)) {
        const address = await this.#addressFor(pid, onPort);
        if (typeof address === 'string') {
          this.#found(run, address);
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
    return (
      onPort.length === 0 &&
      this.#rounds % SEARCH_EVERY === 0 &&
      run.script !== null &&
      !this.#platform.sockets.sameNetwork(run.script.pid)
    );
  }

  async #tryConnection(run: BootingRun, entry: Entry): Promise<void> {
    const { port } = run.spec;
    if (entry.connecting || !run.portWasFree || port === null) return;
    entry.connecting = true;
    for (const address of ['127.0.0.1', '::1']) {
      if (await takesConnection(port, address)) {
        this.#found(run, address);
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
