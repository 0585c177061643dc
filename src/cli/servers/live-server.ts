import { isIP } from 'node:net';
import { isAbsolute, join } from 'node:path';
import type { Fetch } from '../../../client/index.ts';
import { judgeListeners, type Listening, type Place, placeOf } from '../../host/listeners.ts';
import { hasOpen, isProcess, uidOfProcess } from '../../host/process-identity.ts';
import { type Distrust, readTrusted, trustDirectory } from '../../host/trust.ts';
import { httpFetch } from './http.ts';
import type { ServerEntry, ServerSettings } from './state-files.ts';

/** The running server of a trusted state directory, after its process was checked. */
export interface LiveServer {
  readonly stateDir: string;
  readonly entry: ServerEntry;
  /** The first token, if it is in the state directory. */
  readonly token: string | null;
  /** Checks who listens at `entry.url` now. Call it immediately before you send a token in another way than with `fetch`. */
  readonly judge: () => Listening;
  /** Requests to the server. It checks who listens before each new connection. */
  readonly fetch: Fetch;
}

type ServerLookup =
  | { readonly live: true; readonly server: LiveServer }
  | {
      readonly live: false;
      /** The end of a sentence that starts with the state directory. */
      readonly why: string;
      /** Why the files or the listener are not trusted. Null: they are, but the server is away. */
      readonly refused: { readonly problem: string; readonly advice: string } | null;
    };

interface LookupOptions {
  /**
   * The user named the directory, or a server of this user registered it. Otherwise its process must be proved to be the server of this
   * directory, because files of a cloned repository also belong to this user.
   */
  readonly known: boolean;
}

/** The time limit of the request for the server's instance id, in milliseconds. */
const PATIENCE = 3_000;
/** An entry has about 300 bytes. */
const LARGEST_ENTRY = 16_384;
const LARGEST_TOKEN = 1_024;

/**
 * Finds out whether the server of a state directory runs. It sends nothing before it has checked that the directory is trusted, that the
 * process belongs to the owner and has this directory, and that the owner listens at the address.
 */
export async function lookUpServer(stateDir: string, { known }: LookupOptions): Promise<ServerLookup> {
  const directory = trustDirectory(stateDir);
  if (!directory.ok) return distrusted(directory);
  const read = readTrusted(join(directory.path, 'server.json'), { limit: LARGEST_ENTRY });
  if (!read.ok) return distrusted(read);
  const entry = parseEntry(read.text);
  if (!entry) return away('has a server.json that is not valid');
  if (!isProcess(entry)) return away('has no running server: the last one was killed');
  const owners = [directory.uid, 0];
  const stranger = foreignProcess(entry, directory.path, { owners, known });
  if (stranger !== null)
    return untrusted(`${stateDir} ${stranger}`, `Name the directory of the server with --data-dir`);

  const url = new URL(entry.url);
  const place = await placeOf(url);
  let listening = { ok: true } as Listening;
  const judge = () => {
    listening = judgeListeners(place, owners);
    return listening;
  };
  const fetch = httpFetch({
    beforeConnect() {
      const found = judge();
      if (!mayListen(found)) throw new Error(found.problem);
    },
  });
  const answers = await instanceAt(entry.url, fetch);
  if (!mayListen(listening)) {
    if (listening.code === 'nobody')
      return away(`has a server (pid ${entry.pid}) that does not listen: ${entry.url}`);
    return untrusted(`${stateDir} names ${entry.url}, but ${listening.problem}`, 'Nothing was sent there');
  }
  if (answers !== entry.instanceId) {
    const found = answers === null ? 'does not answer' : 'now belongs to another server';
    return away(`has a server (pid ${entry.pid}) whose port ${found}: ${entry.url}`);
  }
  const token = readTrusted(join(directory.path, 'token'), { limit: LARGEST_TOKEN, secret: true });
  if (!token.ok && token.code === 'untrusted') return distrusted(token);
  const text = token.ok ? token.text.trim() || null : null;
  return { live: true, server: { stateDir, entry: byAddress(entry, url, place), token: text, judge, fetch } };
}

/** Whether the listener is acceptable. If the system does not say who listens, the check of the process must do. */
export function mayListen(listening: Listening): listening is { readonly ok: true } {
  return listening.ok || listening.code === 'unknown';
}

/** Why the process cannot be the server of this directory; null: it can. */
function foreignProcess(
  { pid }: ServerEntry,
  stateDir: string,
  { owners, known }: { readonly owners: readonly number[]; readonly known: boolean },
): string | null {
  const uid = uidOfProcess(pid);
  if (uid !== null && !owners.includes(uid))
    return `names a process (pid ${pid}) of another account (uid ${uid}), which cannot be its server`;
  // A server keeps it open as long as it runs.
  const has = hasOpen(pid, join(stateDir, 'lock.db'));
  if (has === false)
    return `names a process (pid ${pid}) that is not its server: it does not have lock.db open`;
  if (has === null && !known) return `names a process (pid ${pid}) that cannot be shown to be its server`;
  return null;
}

/** The entry with the address that its name resolved to, so that the token cannot go to another address. */
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
  const { appsDir, ports, allowOutside, appUser, appApi, tokenFile } = found;
  return (
    typeof appsDir === 'string' &&
    isAbsolute(appsDir) &&
    isPort(ports?.min) &&
    isPort(ports?.max) &&
    typeof allowOutside === 'boolean' &&
    (appUser === null || typeof appUser === 'string') &&
    (appApi === null || appApi === 'VIEWER' || appApi === 'OPERATOR') &&
    (tokenFile === undefined || (typeof tokenFile === 'string' && isAbsolute(tokenFile)))
  );
}

function isPort(found: unknown): boolean {
  return Number.isInteger(found) && Number(found) > 0 && Number(found) <= 65_535;
}

/** Whether it is as the server writes it: only an address and a port. */
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

/** The instance id of the server at this address; null: no Toehold server answers there. */
export async function instanceAt(url: string, fetch: Fetch): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(new URL('/healthz', url), { signal });
    const { instance } = JSON.parse(await answer.text()) as { instance?: unknown };
    return typeof instance === 'string' ? instance : '';
  } catch {
    return null;
  }
}
