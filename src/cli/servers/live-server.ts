import { isIP } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { judgeListeners, type Listening, type Place, placeOf } from '../../host/listeners.ts';
import { hasOpen, isProcess, uidOfProcess } from '../../host/process-identity.ts';
import { type Distrust, readTrusted, trustDirectory } from '../../host/trust.ts';
import type { ServerEntry, ServerSettings } from './state-files.ts';

/** A server of a trusted state directory, seen to be the one that has it. */
export interface LiveServer {
  readonly stateDir: string;
  readonly entry: ServerEntry;
  /** The first token, where it stands in the state directory. */
  readonly token: string | null;
  /** Who listens at `entry.url` now: ask immediately before a token is sent. */
  readonly judge: () => Listening;
}

export type ServerLookup =
  | { readonly live: true; readonly server: LiveServer }
  | {
      readonly live: false;
      /** Ends a sentence that begins with the state directory. */
      readonly why: string;
      /** Files there, or whoever listens, must not be believed: not that the server is merely away. Null: it is. */
      readonly refused: { readonly problem: string; readonly advice: string } | null;
    };

export interface LookOptions {
  /**
   * The person named the directory, or a server of this user put it into the user's list. Else its process must prove
   * that it is the server of this very directory: files of a cloned repository belong to whoever cloned it.
   */
  readonly known: boolean;
}

/** How long a server may take to say who it is, in milliseconds. */
const PATIENCE = 3_000;
/** An entry has some 300 bytes. */
const LARGEST_ENTRY = 16_384;
const LARGEST_TOKEN = 1_024;

/**
 * Whether the server of a state directory lives. Nothing is sent anywhere before the directory is trusted, its process
 * was seen to be the owner's and to have this directory, and the address was seen to be the owner's.
 */
export async function lookUpServer(stateDir: string, { known }: LookOptions): Promise<ServerLookup> {
  const directory = trustDirectory(stateDir);
  if (!directory.ok) return distrusted(directory);
  const read = readTrusted(join(directory.path, 'server.json'), { limit: LARGEST_ENTRY });
  if (!read.ok) return distrusted(read);
  const entry = parseEntry(read.text);
  if (!entry) return away('holds a server.json that is none');
  if (!isProcess(entry)) return away('has no running server: the last one was killed');
  const owners = [directory.uid, 0];
  const stranger = foreignProcess(entry, directory.path, { owners, known });
  if (stranger !== null)
    return untrusted(`${stateDir} ${stranger}`, `Name the directory that is meant: --data-dir`);

  const url = new URL(entry.url);
  const place = await placeOf(url);
  const judge = () => judgeListeners(place, owners);
  const listening = judge();
  if (!mayListen(listening)) {
    if (listening.code === 'nobody')
      return away(`has a server (pid ${entry.pid}) that does not listen: ${entry.url}`);
    return untrusted(`${stateDir} names ${entry.url}, but ${listening.problem}`, 'Nothing was sent there');
  }
  const answers = await instanceAt(entry.url);
  if (answers !== entry.instanceId) {
    const found = answers === null ? 'does not answer' : 'is somebody else’s by now';
    return away(`has a server (pid ${entry.pid}) whose port ${found}: ${entry.url}`);
  }
  const token = readTrusted(join(directory.path, 'token'), { limit: LARGEST_TOKEN, secret: true });
  if (!token.ok && token.code === 'untrusted') return distrusted(token);
  const text = token.ok ? token.text.trim() || null : null;
  return { live: true, server: { stateDir, entry: byAddress(entry, url, place), token: text, judge } };
}

/** Where no system tells who listens, the process of the entry was seen to be this user's own. */
export function mayListen(listening: Listening): listening is { readonly ok: true } {
  return listening.ok || listening.code === 'unknown';
}

/** What shows that the process is not the server of this directory; null: nothing does. */
function foreignProcess(
  { pid }: ServerEntry,
  stateDir: string,
  { owners, known }: { readonly owners: readonly number[]; readonly known: boolean },
): string | null {
  const uid = uidOfProcess(pid);
  if (uid !== null && !owners.includes(uid))
    return `names a process (pid ${pid}) of another account (uid ${uid}), which cannot be its server`;
  // A server has it open for its whole life.
  const has = hasOpen(pid, join(stateDir, 'lock.db'));
  if (has === false)
    return `names a process (pid ${pid}) that is not its server: it does not have lock.db open`;
  if (has === null && !known)
    return `names a process (pid ${pid}) of which nothing shows that it is its server`;
  return null;
}

/** Where a name led to stays: it must not lead elsewhere when the token is sent. */
function byAddress(entry: ServerEntry, url: URL, { addresses }: Place): ServerEntry {
  const [address = ''] = addresses;
  if (url.hostname === 'localhost' || isIP(url.hostname.replace(/^\[|\]$/g, ''))) return entry;
  const host = address.includes(':') ? `[${address}]` : address;
  return { ...entry, url: `${url.protocol}//${host}${url.port && `:${url.port}`}` };
}

function parseEntry(text: string): ServerEntry | null {
  try {
    const entry = JSON.parse(text) as Partial<ServerEntry>;
    const whole =
      typeof entry.url === 'string' &&
      isAddress(entry.url) &&
      Number.isSafeInteger(entry.pid) &&
      Number(entry.pid) > 1 &&
      (entry.startTime === null || Number.isSafeInteger(entry.startTime)) &&
      (entry.bootId === null || typeof entry.bootId === 'string') &&
      typeof entry.instanceId === 'string' &&
      (entry.version === undefined || typeof entry.version === 'string') &&
      (entry.settings === undefined || areSettings(entry.settings)) &&
      (entry.socket === undefined || typeof entry.socket === 'string');
    return whole ? (entry as ServerEntry) : null;
  } catch {
    return null;
  }
}

function areSettings(found: Partial<ServerSettings> | null): boolean {
  if (typeof found !== 'object' || found === null) return false;
  const { appsDir, ports, allowOutside, appUser, appApi } = found;
  return (
    typeof appsDir === 'string' &&
    isAbsolute(appsDir) &&
    isPort(ports?.min) &&
    isPort(ports?.max) &&
    typeof allowOutside === 'boolean' &&
    (appUser === null || typeof appUser === 'string') &&
    (appApi === null || appApi === 'VIEWER' || appApi === 'OPERATOR')
  );
}

function isPort(found: unknown): boolean {
  return Number.isInteger(found) && Number(found) > 0 && Number(found) <= 65_535;
}

/** As the server writes it: an address and a port, and nothing that would go elsewhere or along. */
function isAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === 'http:' && url.href === `${url.origin}/`;
}

function distrusted(distrust: Distrust): ServerLookup {
  const { code, problem, advice } = distrust;
  if (code === 'absent') return away('has no running server');
  if (code === 'unreadable') return away(`cannot be used: ${problem}`);
  return untrusted(problem, advice);
}

function away(why: string): ServerLookup {
  return { live: false, why, refused: null };
}

function untrusted(problem: string, advice: string): ServerLookup {
  return { live: false, why: `is not trusted: ${problem}`, refused: { problem, advice } };
}

/** What the server at this address calls itself; null: no server of ours answers there. */
async function instanceAt(url: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(new URL('/healthz', url), { signal, redirect: 'error' });
    const { instance } = (await response.json()) as { instance?: unknown };
    return typeof instance === 'string' ? instance : '';
  } catch {
    return null;
  }
}
