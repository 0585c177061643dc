import { promises, readFileSync } from 'node:fs';
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

/** Every listening socket; null where the system has no /proc. @throws where no file descriptor is left */
export async function readListening(): Promise<readonly ListeningSocket[] | null> {
  const [four, six] = await Promise.all(TABLES.map(readOrNull));
  if (four == null && six == null) return null;
  return [...parseListening(four ?? ''), ...parseListening(six ?? '')];
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await promises.readFile(path, 'latin1');
  } catch (error) {
    if (['EMFILE', 'ENFILE'].includes(codeOf(error))) throw error;
    return null;
  }
}

/** The same, before this returns. */
export function readListeningNow(): readonly ListeningSocket[] | null {
  const texts = TABLES.flatMap((path) => {
    try {
      return [readFileSync(path, 'latin1')];
    } catch {
      return [];
    }
  });
  return texts.length === 0 ? null : texts.flatMap(parseListening);
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
