import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { type ListeningSocket, ListeningWatch, readListening } from '../../host/tcp-sockets.ts';
import { coalesce } from './coalesce.ts';

export interface SocketSource {
  /** A look begun after the call; null where the system does not show them. Rejects where no file descriptor is left. */
  listening(): Promise<readonly ListeningSocket[] | null>;
  /** Looks again and again, as cheaply as can be; null where the system does not show them. */
  watch(): Pick<ListeningWatch, 'look' | 'close'> | null;
  /** The inodes of the process's sockets; null where its fds cannot be read; empty where it is gone. */
  socketsOf(pid: number): ReadonlySet<string> | null;
  /** Whether the process sees the network that this one sees. True where it is gone. */
  sameNetwork(pid: number): boolean;
}

/** Sockets from /proc/net/tcp{,6} and /proc/<pid>/fd. */
export function createProcSockets(): SocketSource {
  const own = networkOf('self');
  return {
    listening: coalesce(readListening, () => 0),
    watch: () => new ListeningWatch(),
    socketsOf(pid) {
      const found = new Set<string>();
      try {
        for (const fd of readdirSync(`/proc/${pid}/fd`)) {
          const inode = socketInode(pid, fd);
          if (inode) found.add(inode);
        }
      } catch (error) {
        if (isRefused(error)) return null;
      }
      return found;
    },
    sameNetwork(pid) {
      const theirs = networkOf(String(pid));
      return theirs === null || own === null || theirs === own;
    },
  };
}

/** Where there is no /proc: nothing is known. */
export const NO_SOCKETS: SocketSource = {
  listening: async () => null,
  watch: () => null,
  socketsOf: () => null,
  sameNetwork: () => true,
};

export function socketInode(pid: number, fd: string): string | null {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? null;
  } catch {
    return null;
  }
}

function networkOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

function isRefused(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'EACCES' || code === 'EPERM';
}

/** In bytes: a process may give itself a command line of megabytes. */
const LONGEST_COMMAND = 1_024;

function beginningOf(path: string): string {
  const buffer = Buffer.alloc(LONGEST_COMMAND);
  const file = openSync(path, 'r');
  try {
    return buffer.toString('utf8', 0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}

/** The beginning of a process's command line, as one line; null where it cannot be read. */
export function commandOf(pid: number): string | null {
  try {
    const line = beginningOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    return line || beginningOf(`/proc/${pid}/comm`).trim() || null;
  } catch {
    return null;
  }
}
