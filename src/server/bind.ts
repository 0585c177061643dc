import type { Server } from 'node:http';
import { type AddressInfo, isIPv4, isIPv6 } from 'node:net';
import { type PortHolder, reasonOf } from '../core/errors.ts';
import { isLoopback, urlHost } from './loopback.ts';

export interface BindOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether callers are asked for a token; only then may other machines reach the server. */
  readonly auth?: boolean | undefined;
  /** Who listens on a port now; null where nobody knows. */
  readonly holderOf?: ((port: number) => Promise<PortHolder | null>) | undefined;
}

/** Where the server listens, or why it cannot: one line for a person. */
export type BindResult =
  | { readonly ok: true; readonly port: number; readonly url: string }
  | {
      readonly ok: false;
      readonly code: 'HOST_NOT_LOOPBACK' | 'PORT_IN_USE' | 'CANNOT_LISTEN';
      readonly message: string;
      /** For PORT_IN_USE, as far as the system tells. */
      readonly holder: PortHolder | null;
    };

/** Binds the port. Never rejects. */
export async function bind(server: Server, options: BindOptions): Promise<BindResult> {
  const { host, port, auth = false } = options;
  if (!isLoopback(host) && !auth) {
    const message = `HOST is ${host}, which other machines reach, and nobody is asked for a token: set HOST to 127.0.0.1, ::1 or localhost`;
    return { ok: false, code: 'HOST_NOT_LOOPBACK', message, holder: null };
  }
  try {
    await listen(server, host, port);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE') return portInUse(options);
    const advice =
      code === 'EACCES' ? 'set PORT to one above 1023' : 'set HOST and PORT to what can be listened on';
    const message = `Cannot listen on ${urlHost(host)}:${port} (${reasonOf(error)}): ${advice}`;
    return { ok: false, code: 'CANNOT_LISTEN', message, holder: null };
  }
  const { port: taken } = server.address() as AddressInfo;
  return { ok: true, port: taken, url: `http://${urlHost(reachable(host))}:${taken}` };
}

/** An address by which this machine reaches what listens on all of them. */
function reachable(host: string): string {
  if (isIPv4(host)) return host === '0.0.0.0' ? '127.0.0.1' : host;
  return isIPv6(host) && new URL(`http://[${host}]`).hostname === '[::]' ? '::1' : host;
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function portInUse({ port, holderOf }: BindOptions): Promise<BindResult> {
  const holder = (await holderOf?.(port).catch(() => null)) ?? null;
  return {
    ok: false,
    code: 'PORT_IN_USE',
    message: `Port ${port} is in use${heldBy(holder)}: set PORT to another one`,
    holder,
  };
}

function heldBy(holder: PortHolder | null): string {
  if (!holder || (holder.pid === null && holder.command === null)) return '';
  const { pid, command } = holder;
  if (command === null) return ` by process ${pid}`;
  return pid === null ? ` by ${command}` : ` by ${command} (pid ${pid})`;
}
