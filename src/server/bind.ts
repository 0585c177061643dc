import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type PortHolder, reasonOf } from '../core/errors.ts';
import { isBothLoopbacks, isLoopback, urlHost } from './addresses.ts';

export interface BindOptions {
  /** An address, or a name. `localhost` means both loopback addresses, 127.0.0.1 and ::1. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Whether requests need a token. Only then can other machines reach the server. */
  readonly auth?: boolean | undefined;
  /** The process that listens on a port now; null if it is not known. */
  readonly holderOf?: ((port: number) => Promise<PortHolder | null>) | undefined;
}

/** Where the server listens, or why it cannot: `message` is one line for a person. */
export type BindResult =
  | {
      readonly ok: true;
      readonly port: number;
      /** With an address that the server is bound to, never with a name. */
      readonly url: string;
      /** The URL for apps. It has `localhost` only if both loopback addresses are bound. */
      readonly urlForApps: string;
      /** One server for each address. */
      readonly servers: readonly Server[];
    }
  | {
      readonly ok: false;
      readonly code: 'HOST_NOT_LOOPBACK' | 'PORT_IN_USE' | 'CANNOT_LISTEN';
      readonly message: string;
      /** For PORT_IN_USE: who listens on the port, if the system tells. */
      readonly holder: PortHolder | null;
    };

/** How many connections the system queues until they are accepted. Linux caps it at `net.core.somaxconn`, default 4096. */
const BACKLOG = 4_096;

/** How many free ports are tried to find one that is free on both loopback addresses. */
const ATTEMPTS = 50;
/** Error codes of a system without IPv6, or without it on the loopback interface. */
const NO_SUCH_ADDRESS: readonly unknown[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

/** An address that could not be bound. */
class Unbound extends Error {
  readonly host: string;
  override readonly cause: NodeJS.ErrnoException;

  constructor(host: string, cause: NodeJS.ErrnoException) {
    super(cause.message);
    this.host = host;
    this.cause = cause;
  }
}

/**
 * Binds the port, with one server from `create` for each address. Never rejects. After a failure nothing is bound.
 * @param create returns a server that does not listen yet
 */
export async function bind(create: () => Server, options: BindOptions): Promise<BindResult> {
  const { host, port, auth = false } = options;
  if (!isLoopback(host) && !auth) {
    const message = `HOST is ${host}, which other machines can reach, but requests need no token: set HOST to 127.0.0.1, ::1 or localhost`;
    return { ok: false, code: 'HOST_NOT_LOOPBACK', message, holder: null };
  }
  try {
    const servers = isBothLoopbacks(host)
      ? await listenOnBoth(create, port)
      : [await listen(create, host, port)];
    return bound(servers);
  } catch (error) {
    if (error instanceof Unbound) return refusal(error, options);
    throw error;
  }
}

function bound(servers: readonly Server[]): BindResult {
  const [first] = servers.map((server) => server.address() as AddressInfo);
  const { address = '', port = 0 } = first ?? {};
  const url = `http://${urlHost(reachable(address))}:${port}`;
  const urlForApps = servers.length > 1 ? `http://localhost:${port}` : url;
  return { ok: true, port, url, urlForApps, servers };
}

/** Replaces a wildcard by an address at which this machine reaches it. */
function reachable(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

/**
 * Binds the same port on both loopback addresses: `localhost` can resolve to either, and another account could listen
 * on the one that is left free. If the machine has no ::1, binds only 127.0.0.1.
 */
async function listenOnBoth(create: () => Server, port: number): Promise<readonly Server[]> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await listen(create, '127.0.0.1', port);
    try {
      return [first, await listen(create, '::1', (first.address() as AddressInfo).port)];
    } catch (error) {
      const { code } = (error as Unbound).cause;
      if (NO_SUCH_ADDRESS.includes(code)) return [first];
      await new Promise((resolve) => first.close(resolve));
      if (port !== 0 || code !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error;
    }
  }
}

/** @throws Unbound */
function listen(create: () => Server, host: string, port: number): Promise<Server> {
  const server = create();
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new Unbound(host, error));
    server.once('error', fail);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', fail);
      resolve(server);
    });
  });
}

async function refusal({ host, cause }: Unbound, options: BindOptions): Promise<BindResult> {
  const { port } = options;
  if (cause.code === 'EADDRINUSE') return portInUse(host, options);
  const advice =
    cause.code === 'EACCES' ? 'set PORT to one above 1023' : 'set HOST and PORT to what can be listened on';
  const message = `Cannot listen on ${urlHost(host)}:${port} (${reasonOf(cause)}): ${advice}`;
  return { ok: false, code: 'CANNOT_LISTEN', message, holder: null };
}

async function portInUse(
  host: string,
  { port, host: configured, holderOf }: BindOptions,
): Promise<BindResult> {
  const holder = (await holderOf?.(port).catch(() => null)) ?? null;
  const onlySecond = isBothLoopbacks(configured) && host === '::1';
  const message = onlySecond
    ? `Port ${port} is in use on ::1${heldBy(holder)}: set PORT to another one, or HOST to 127.0.0.1`
    : `Port ${port} is in use${heldBy(holder)}: set PORT to another one`;
  return { ok: false, code: 'PORT_IN_USE', message, holder };
}

function heldBy(holder: PortHolder | null): string {
  if (!holder || (holder.pid === null && holder.command === null)) return '';
  const { pid, command } = holder;
  if (command === null) return ` by process ${pid}`;
  return pid === null ? ` by ${command}` : ` by ${command} (pid ${pid})`;
}

/** How long a response in progress may take after the server begins to close, in milliseconds. */
const PATIENCE = 1_000;

/** Stops accepting connections, lets responses in progress finish, and closes the rest. */
export async function closeHttp(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  // A connection becomes idle only after its last response was sent.
  const sweep = setInterval(() => server.closeIdleConnections(), 10);
  const impatience = setTimeout(() => server.closeAllConnections(), PATIENCE);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(impatience);
}
