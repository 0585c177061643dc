import type { ListeningAddress } from '../../contracts/driver.ts';
import type { Members } from './members.ts';
import type { Platform } from './platform.ts';
import type { ProcessIdentity } from './process-table.ts';
import type { RunProcesses } from './run-processes.ts';

/** Which sockets the processes of a run listen on. Most runs have one process that matters, which is asked first. */
export class RunSockets {
  readonly #platform: Platform;
  readonly #members: Members;

  constructor(platform: Platform, members: Members) {
    this.#platform = platform;
    this.#members = members;
  }

  /** Whether a process of the run, which lives now, has this pid. The shim is not one. */
  async owns(run: RunProcesses, pid: number): Promise<boolean> {
    if (this.#likely(run).some((known) => known.pid === pid)) return true;
    return (await this.#all(run)).includes(pid);
  }

  /**
   * Where the run listens. Null where owners cannot be read.
   * @param port this one alone; then addresses of one process of the run are enough
   */
  async listening(run: RunProcesses, port?: number): Promise<readonly ListeningAddress[] | null> {
    const all = await this.#platform.sockets.listening().catch(() => null);
    if (!all) return null;
    const asked = port === undefined ? all : all.filter((socket) => socket.port === port);
    if (asked.length === 0) return [];
    const ownedBy = (pids: readonly number[]): readonly ListeningAddress[] | null => {
      const inodes = this.#inodesOf(pids);
      if (!inodes) return null;
      return asked
        .filter(({ inode }) => inodes.has(inode))
        .map(({ port: at, address }) => ({ port: at, address }));
    };
    if (port !== undefined) {
      const own = ownedBy(this.#likely(run).map(({ pid }) => pid));
      if (own && own.length > 0) return own;
    }
    return ownedBy(await this.#all(run));
  }

  /** Those of the script and of the process that was found to listen that still live. */
  #likely({ script, listener }: RunProcesses): readonly ProcessIdentity[] {
    const { processes } = this.#platform;
    return [script ?? [], listener ?? []].flat().filter(({ pid, start }) => processes.startOf(pid) === start);
  }

  async #all(run: RunProcesses): Promise<readonly number[]> {
    const members = await this.#members.of(run);
    return members.map(({ pid }) => pid).filter((pid) => pid !== run.shimIdentity?.pid);
  }

  /** Null where the files of one of them cannot be read. */
  #inodesOf(pids: readonly number[]): ReadonlySet<string> | null {
    const found = new Set<string>();
    for (const pid of pids) {
      const inodes = this.#platform.sockets.socketsOf(pid);
      if (!inodes) return null;
      for (const inode of inodes) found.add(inode);
    }
    return found;
  }
}
