import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { Fetch } from '../../../client/index.ts';
import type { ClientEnvironment } from '../../config/client-environment.ts';
import { judgeListeners, type Listening, placeOf } from '../../host/listeners.ts';
import { readTrusted } from '../../host/trust.ts';
import { type CommandFailure, noServer, refused, wrongUse } from '../failure.ts';
import { toehold } from '../own-name.ts';
import { httpFetch } from './http.ts';
import { type LiveServer, lookUpServer, mayListen } from './live-server.ts';
import { listServers } from './server-list.ts';

/** The flags of a command that say which server to use. */
export interface ServerFlags {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly dataDir?: string;
  readonly insecure?: boolean;
}

export interface FoundServer {
  readonly url: string;
  /** Null: there is no token to send. */
  readonly token: string | null;
  /** The server of this machine; null if an address was given. */
  readonly local: LiveServer | null;
  /**
   * Call it immediately before you send the token in another way than with `fetch`: another account can take a port as soon as the
   * server has ended.
   * @throws CommandFailure if the token must not be sent now
   */
  readonly mayHaveToken: () => void;
  /** Requests to the server. It checks who listens before each new connection. */
  readonly fetch: Fetch;
}

interface FindOptions {
  readonly flags: ServerFlags;
  readonly environment: ClientEnvironment;
  readonly cwd: string;
}

/**
 * Finds the server of a command. The first of these decides: the given address, the given data directory, `./.toehold`, the only
 * running server of this user.
 * @throws CommandFailure if there is none or more than one, or it is not trusted
 */
export async function findServer({ flags, environment, cwd }: FindOptions): Promise<FoundServer> {
  const address = flags.url ?? (flags.dataDir === undefined ? environment.url : null);
  if (address !== null) {
    const url = addressOf(address);
    // A token in the environment is only for the address in the environment.
    const ofEnvironment = environment.url === null || environment.url === address;
    const token = givenToken({ flags, environment, cwd }, ofEnvironment);
    const mayHaveToken =
      token === null ? () => {} : await guardOf(url, flags.insecure ?? environment.insecure);
    mayHaveToken();
    return { url, token, local: null, mayHaveToken, fetch: httpFetch({ beforeConnect: mayHaveToken }) };
  }
  // If the environment has an address, its token is for that address, not for this server.
  const given = givenToken({ flags, environment, cwd }, environment.url === null);
  const local = await findLocal({ flags, environment, cwd });
  const { url } = local.entry;
  const mayHaveToken = () => {
    const listening = local.judge();
    if (!mayListen(listening)) throw notSent(url, listening);
  };
  return { url, token: given ?? local.token, local, mayHaveToken, fetch: local.fetch };
}

/** Finds a server of this machine. @throws CommandFailure */
export async function findLocal({ flags, environment, cwd }: FindOptions): Promise<LiveServer> {
  const named = flags.dataDir ?? environment.dataDir;
  const here = join(cwd, '.toehold');
  // A state directory here decides, even if another server runs elsewhere.
  if (named !== null) return theServerOf(join(resolve(cwd, named), '.toehold'), true);
  if (existsSync(here)) return theServerOf(here, listServers(environment.stateHome).includes(here));
  return theOnlyOne(environment.stateHome);
}

async function theServerOf(stateDir: string, known: boolean): Promise<LiveServer> {
  const lookup = await lookUpServer(stateDir, { known });
  if (lookup.live) return lookup.server;
  if (lookup.refused) {
    const { problem, advice } = lookup.refused;
    throw refused(`${problem}: ${stateDir} is not trusted, and nothing was sent\n${advice}`);
  }
  throw noServer(`${stateDir} ${lookup.why}\nStart one: ${toehold()} serve --data-dir ${dirname(stateDir)}`);
}

async function theOnlyOne(stateHome: string): Promise<LiveServer> {
  const lookups = await Promise.all(
    listServers(stateHome).map((stateDir) => lookUpServer(stateDir, { known: true })),
  );
  const live = lookups.flatMap((lookup) => (lookup.live ? [lookup.server] : []));
  const [only, ...others] = live;
  if (!only) {
    throw noServer(
      `no server of yours is running\nStart one with ${toehold()} serve, or name one with --data-dir or --url`,
    );
  }
  if (others.length === 0) return only;
  const list = live.map(({ stateDir, entry }) => `  --data-dir ${dirname(stateDir)}  (${entry.url})`);
  throw wrongUse(`${live.length} servers of yours are running; choose one:\n${list.join('\n')}`);
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol)) return url.href.replace(/\/(graphql\/?)?$/, '');
  throw wrongUse(
    `${JSON.stringify(text)} is not the address of a server: use one such as http://127.0.0.1:3000`,
  );
}

/** The token from a flag or the environment; null: none was given. @throws CommandFailure */
function givenToken({ flags, environment, cwd }: FindOptions, ofEnvironment: boolean): string | null {
  const text =
    flags.token ??
    (flags.tokenFile === undefined ? null : tokenOfFile(resolve(cwd, flags.tokenFile), '--token-file')) ??
    (ofEnvironment ? environment.token : null) ??
    (ofEnvironment && environment.tokenFile !== null
      ? tokenOfFile(resolve(cwd, environment.tokenFile), 'TOEHOLD_TOKEN_FILE')
      : null);
  // A header cannot carry other characters, and the failure would look like a missing server.
  if (text !== null && !/^[\x21-\x7e]*$/.test(text))
    throw wrongUse('the given token is not valid: a token looks like toe_… and has no spaces');
  return text;
}

const LARGEST_TOKEN = 1_024;

function tokenOfFile(path: string, name: string): string {
  const read = readTrusted(path, { limit: LARGEST_TOKEN, secret: true });
  if (read.ok) return read.text.trim();
  throw refused(`${name} is not used: ${read.problem}${read.advice && `\n${read.advice}`}`);
}

/** With https the server has proved its name. Otherwise the listener must belong to this account or root. */
async function guardOf(url: string, insecure: boolean): Promise<() => void> {
  const address = new URL(url);
  if (insecure || address.protocol === 'https:') return () => {};
  const place = literal(address) ? await placeOf(address) : { addresses: [], port: 0 };
  const owners = [process.getuid?.() ?? 0, 0];
  return () => {
    const listening = judgeListeners(place, owners);
    if (!listening.ok) throw notSent(url, listening);
  };
}

/** Other names can resolve to another address the next time. */
function literal({ hostname }: URL): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

function notSent(url: string, listening: Exclude<Listening, { ok: true }>): CommandFailure {
  const { code, problem } = listening;
  if (code === 'nobody')
    return noServer(`No answer from ${url}: ${problem}\nIs it running? ${toehold()} serve starts one`);
  const why = code === 'elsewhere' ? 'it is neither https nor an address of this machine' : problem;
  return refused(
    `No token was sent to ${url}: ${why}\nUse an https address or a tunnel to loopback (ssh -L); --insecure sends it anyway`,
  );
}
