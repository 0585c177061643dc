import { isIP, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type ListeningSocket, readListeningNow } from './tcp-sockets.ts';

/** Where a URL leads: literal addresses, and a port. */
export interface Place {
  readonly addresses: readonly string[];
  readonly port: number;
}

export type Listening =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /**
       * `elsewhere`: not an address of this machine; `nobody`: no process listens there; `stranger`: a process of
       * another account does; `unknown`: the system has no /proc, and does not say who listens.
       */
      readonly code: 'elsewhere' | 'nobody' | 'stranger' | 'unknown';
      /** A clause such as `127.0.0.1:3000 belongs to another account (uid 1001)`. */
      readonly problem: string;
    };

/** A name is resolved once, here, because its addresses must not change between the check and the request. */
export async function placeOf({ hostname, port, protocol }: URL): Promise<Place> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const number = Number(port || (protocol === 'https:' ? 443 : 80));
  if (isIP(host)) return { addresses: [host], port: number };
  const { lookup } = await import('node:dns/promises');
  const found = await lookup(host, { all: true }).catch(() => []);
  return { addresses: found.map(({ address }) => address), port: number };
}

/**
 * Whether only these accounts would accept a connection to the place. Check it immediately before a secret is sent:
 * another account can take a port as soon as its server has ended. Where a name has several addresses, no other account
 * may listen on any of them.
 */
export function judgeListeners({ addresses, port }: Place, owners: readonly number[]): Listening {
  const own = ownAddresses();
  const away = addresses.find((address) => !isLoopback(address) && !own.has(address));
  if (addresses.length === 0 || away !== undefined)
    return no('elsewhere', `${away ?? 'that'} is not an address of this machine`);
  const listening = readListeningNow();
  if (listening === null)
    return no('unknown', 'this system does not tell who listens on a port (it has no /proc)');
  const takers = addresses.flatMap((address) => takersOf(address, port, listening));
  const stranger = takers.find(({ uid }) => !owners.includes(uid));
  if (stranger) {
    const where = `${stranger.address.includes(':') ? `[${stranger.address}]` : stranger.address}:${port}`;
    return no('stranger', `${where} belongs to another account (uid ${stranger.uid})`);
  }
  if (takers.length > 0) return { ok: true };
  return no('nobody', `nobody listens on port ${port} of ${addresses.join(', ')}`);
}

/**
 * The sockets that the kernel would choose from: one bound to this address wins over one bound to all addresses. `::`
 * accepts IPv4 too, unless `0.0.0.0` is also bound.
 */
function takersOf(address: string, port: number, listening: readonly ListeningSocket[]): ListeningSocket[] {
  const candidates = isIPv4(address) ? [address, '0.0.0.0', '::'] : [canonical(address), '::'];
  const here = listening.filter((socket) => socket.port === port);
  for (const one of candidates) {
    const found = here.filter((socket) => socket.address === one);
    if (found.length > 0) return found;
  }
  return [];
}

function isLoopback(address: string): boolean {
  return isIPv4(address) ? address.startsWith('127.') : canonical(address) === '::1';
}

function ownAddresses(): Set<string> {
  const found = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return new Set(found.map(({ address }) => address));
}

function canonical(address: string): string {
  const url = `http://[${address}]`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : address;
}

function no(code: 'elsewhere' | 'nobody' | 'stranger' | 'unknown', problem: string): Listening {
  return { ok: false, code, problem };
}
