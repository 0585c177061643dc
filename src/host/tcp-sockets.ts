import { closeSync, openSync, readSync } from 'node:fs';
import { codeOf } from './safe-open.ts';

/** A TCP socket that listens in this network namespace. */
export interface ListeningSocket {
  readonly port: number;
  /** The local address as text: `0.0.0.0`, `::`, `127.0.0.1`, `::1`, ... */
  readonly address: string;
  readonly inode: string;
  /** The user whose process made it, as this user namespace numbers it. */
  readonly uid: number;
}

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'] as const;
/** In bytes. Linux fills a larger buffer with connections, and looks for them in a table of some 100,000 places. */
const PIECE = 1_024;

/** Every listening socket; null where the system has no /proc. @throws where no file descriptor is left */
export async function readListening(): Promise<readonly ListeningSocket[] | null> {
  return readTables();
}

/** The same, before this returns. */
export function readListeningNow(): readonly ListeningSocket[] | null {
  try {
    return readTables();
  } catch {
    return null;
  }
}

function readTables(): readonly ListeningSocket[] | null {
  const texts = TABLES.flatMap((path) => readTable(path) ?? []);
  return texts.length === 0 ? null : texts.flatMap(parseListening);
}

/**
 * The beginning of a table, up to its first connection: Linux lists all sockets that listen before all others, of which
 * there can be a hundred times as many. Null where it cannot be read. Synchronous, as it never waits for a disk.
 * @throws where no file descriptor is left
 */
export function readTable(path: string): string | null {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const piece = Buffer.allocUnsafe(PIECE);
    for (let text = ''; ; ) {
      const size = readSync(file, piece);
      if (size === 0) return text;
      const begin = text.lastIndexOf('\n') + 1;
      text += piece.toString('latin1', 0, size);
      const other = text.slice(begin).search(CONNECTION);
      if (other >= 0) return text.slice(0, begin + other);
    }
  } catch (error) {
    if (['EMFILE', 'ENFILE'].includes(codeOf(error))) throw error;
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** A line whose state is not 0A, and not 03 either: older kernels list what a socket is about to take behind that socket. */
const CONNECTION = /^ *\d+: \S+ \S+ (?!0A |03 )\S\S /m;

/**
 * The sockets that listen, looked at again and again. The system's counts of sockets (proc_net(5)) cost a hundredth of
 * what a table can cost. After a socket began to listen, the count is another one, unless another socket was closed at
 * the same time. So a table is read only when its count is another one, or when the caller asks for all.
 */
export class ListeningWatch {
  readonly #tables = TABLES.map((path) => new WatchedTable(path, path.replace(/tcp(6?)$/, 'sockstat$1')));

  /**
   * @param all reads the tables in any case.
   * @returns null where nothing has changed since the last look
   * @throws where no file descriptor is left
   */
  look(all: boolean): readonly ListeningSocket[] | null {
    const changed = this.#tables.filter((table) => table.hasChanged(all));
    return changed.length > 0 || all ? this.#tables.flatMap(({ sockets }) => sockets) : null;
  }

  /** Until the next look, no file is open. */
  close(): void {
    for (const table of this.#tables) table.close();
  }
}

class WatchedTable {
  sockets: readonly ListeningSocket[] = [];
  readonly #path: string;
  readonly #count: string;
  readonly #piece = Buffer.allocUnsafe(PIECE);
  #countFile: number | null = null;
  #inUse: string | undefined;
  #text = '';

  constructor(path: string, count: string) {
    this.#path = path;
    this.#count = count;
  }

  /** @param anyway although the count is the same */
  hasChanged(anyway: boolean): boolean {
    // Before the table: what begins to listen after that makes another difference.
    const inUse = this.#readCount();
    if (!anyway && inUse !== undefined && inUse === this.#inUse) return false;
    const text = readTable(this.#path) ?? '';
    this.#inUse = inUse;
    if (text === this.#text) return false;
    this.#text = text;
    this.sockets = parseListening(text);
    return true;
  }

  close(): void {
    if (this.#countFile !== null) closeSync(this.#countFile);
    this.#countFile = null;
  }

  /** Undefined where the system does not tell. The kernel counts anew for each read at the start of the file. */
  #readCount(): string | undefined {
    try {
      this.#countFile ??= openSync(this.#count, 'r');
      const size = readSync(this.#countFile, this.#piece, 0, PIECE, 0);
      return /^TCP6?: inuse (\d+)/m.exec(this.#piece.toString('latin1', 0, size))?.[1];
    } catch {
      return undefined;
    }
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
    found.push({
      ...{ port: Number.parseInt(port, 16), address: addressOf(address) },
      ...{ inode: fields[9] ?? '', uid: Number(fields[7]) },
    });
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
