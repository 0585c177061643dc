import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { coalesce } from './coalesce.ts';

/** A TCP socket that listens in this network namespace. */
export interface ListeningSocket {
  readonly port: number;
  /** The local address as text: `0.0.0.0`, `::`, `127.0.0.1`, `::1`, ... */
  readonly address: string;
  readonly inode: string;
}

export interface SocketSource {
  /** A look begun after the call; null where the system never tells. Rejects where no file descriptor is left. */
  listening(): Promise<readonly ListeningSocket[] | null>;
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

/** Where there is no /proc: nobody tells. */
export const NO_SOCKETS: SocketSource = {
  listening: async () => null,
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

async function readListening(): Promise<readonly ListeningSocket[] | null> {
  const [four, six] = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readOrNull));
  if (four == null && six == null) return null;
  return [...parseListening(four ?? ''), ...parseListening(six ?? '')];
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EMFILE' || code === 'ENFILE') throw error;
    return null;
  }
}

/** The listening sockets in the text of /proc/net/tcp or tcp6 (proc_net(5)). */
export function parseListening(text: string): ListeningSocket[] {
  const found: ListeningSocket[] = [];
  for (const line of text.split('\n')) {
    // sl, local, remote, state, queues, timer, retransmits, uid, time-out, inode
    if (!line.includes(' 0A ')) continue;
    const fields = line.trim().split(/\s+/);
    const [address, port] = (fields[1] ?? '').split(':');
    if (fields[3] !== '0A' || !address || !port) continue;
    found.push({ port: Number.parseInt(port, 16), address: addressOf(address), inode: fields[9] ?? '' });
  }
  return found;
}

/** The kernel prints each 32-bit word of the address as a number of the machine's own byte order. */
function addressOf(hex: string): string {
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8) {
    const four = [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(word + at, word + at + 2), 16));
    bytes.push(...(LITTLE_ENDIAN ? four.reverse() : four));
  }
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.slice(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff));
  if (mapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  // URL's parser writes an address in its canonical, shortest form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

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

/** The command line of a process, as one line; null where nobody tells. */
export function commandOf(pid: number): string | null {
  try {
    const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '').replaceAll('\0', ' ');
    return line || readFileSync(`/proc/${pid}/comm`, 'utf8').trim() || null;
  } catch {
    return null;
  }
}
