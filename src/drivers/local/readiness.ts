import type { Clock } from '../../contracts/clock.ts';
import type { ListeningSocket } from '../../host/tcp-sockets.ts';
import type { LocalRun } from './local-run.ts';
import type { Members } from './members.ts';
import type { Platform } from './platform.ts';
import { takesConnection } from './port-probe.ts';

export interface Readiness {
  /** Looks until a process of the run listens on its port; then `ready` is called, once. */
  watch(run: LocalRun): void;
  forget(run: LocalRun): void;
  close(): void;
}

export interface ReadinessOptions {
  readonly clock: Clock;
  readonly platform: Platform;
  readonly members: Members;
  readonly ready: (run: LocalRun, address: string) => void;
}

interface Entry {
  /** Not before this turn is the whole machine searched for the owner. */
  searchAt: number;
  connecting: boolean;
}

const INTERVAL = 60;
/** Turns between two searches of the whole machine for one run, and between two looks at its network. */
const SEARCH_EVERY = 4;

/** One look at the system's listening sockets serves all runs that boot. */
export function createReadiness({ clock, platform, members, ready }: ReadinessOptions): Readiness {
  const { processes, sockets } = platform;
  const booting = new Map<LocalRun, Entry>();
  let cancel: (() => void) | null = null;
  let turns = 0;

  function found(run: LocalRun, address: string): void {
    if (booting.delete(run)) ready(run, address);
  }

  async function turn(): Promise<void> {
    turns++;
    const listening = await sockets.listening().catch(() => []);
    const byPort = new Map<number, ListeningSocket[]>();
    for (const socket of listening ?? []) {
      const others = byPort.get(socket.port);
      if (others) others.push(socket);
      else byPort.set(socket.port, [socket]);
    }
    const search: [LocalRun, ListeningSocket[]][] = [];
    for (const [run, entry] of booting) {
      const onPort = byPort.get(run.spec.port ?? 0) ?? [];
      if (listening === null || isElsewhere(run, onPort)) void tryConnection(run, entry);
      else if (onPort.length > 0 && !(await ownedByScript(run, onPort)) && turns >= entry.searchAt) {
        entry.searchAt = turns + SEARCH_EVERY;
        search.push([run, onPort]);
      }
    }
    if (search.length > 0) await searchAll(search);
  }

  /** Most scripts become the server themselves: its few fds first. */
  async function ownedByScript(run: LocalRun, onPort: readonly ListeningSocket[]): Promise<boolean> {
    if (!run.script || processes.startOf(run.script.pid) !== run.script.start) return false;
    const address = await addressFor(run.script.pid, onPort);
    if (typeof address !== 'string') return false;
    found(run, address);
    return true;
  }

  async function searchAll(search: readonly [LocalRun, ListeningSocket[]][]): Promise<void> {
    for (const [run, onPort] of search) {
      let unreadable = false;
      for (const { pid } of await members.of(run)) {
        const address = await addressFor(pid, onPort);
        if (typeof address === 'string') {
          found(run, address);
          break;
        }
        unreadable ||= address === undefined;
      }
      const entry = booting.get(run);
      if (entry && unreadable) void tryConnection(run, entry);
    }
  }

  /** Where a GET reaches the listener, where the process has it; null where it has not; undefined where nobody may know. */
  async function addressFor(
    pid: number,
    onPort: readonly ListeningSocket[],
  ): Promise<string | null | undefined> {
    const owned = sockets.socketsOf(pid);
    if (!owned) return undefined;
    return reachableAt(onPort.filter(({ inode }) => owned.has(inode)));
  }

  function isElsewhere(run: LocalRun, onPort: readonly ListeningSocket[]): boolean {
    return (
      onPort.length === 0 &&
      turns % SEARCH_EVERY === 0 &&
      run.script !== null &&
      !sockets.sameNetwork(run.script.pid)
    );
  }

  async function tryConnection(run: LocalRun, entry: Entry): Promise<void> {
    const { port } = run.spec;
    if (entry.connecting || !run.portWasFree || port === null) return;
    entry.connecting = true;
    for (const address of ['127.0.0.1', '::1']) {
      if (await takesConnection(port, address)) {
        found(run, address);
        break;
      }
    }
    entry.connecting = false;
  }

  function schedule(): void {
    cancel = clock.after(INTERVAL, () => {
      void turn().finally(() => {
        cancel = null;
        if (booting.size > 0) schedule();
      });
    });
  }

  return {
    watch(run) {
      booting.set(run, { searchAt: 0, connecting: false });
      if (!cancel) schedule();
    },
    forget(run) {
      booting.delete(run);
    },
    close() {
      booting.clear();
      cancel?.();
    },
  };
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
