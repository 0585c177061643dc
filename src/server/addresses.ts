import { isIPv4, isIPv6 } from 'node:net';

/** Whether only this machine can reach a host to listen on: 127.0.0.0/8, ::1 or `localhost`. */
export function isLoopback(host: string): boolean {
  if (isBothLoopbacks(host)) return true;
  if (isIPv4(host)) return host.startsWith('127.');
  return isIPv6(host) && new URL(`http://[${host}]`).hostname === '[::1]';
}

/** Whether a host to listen on means both 127.0.0.1 and ::1. */
export function isBothLoopbacks(host: string): boolean {
  return host.toLowerCase() === 'localhost';
}

/** The host for a URL: an IPv6 address gets brackets. */
export function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** The network of an address, which one party controls: an IPv4 address itself, or a /64 of IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}

/** Whether the client of a connection is on this machine. A connection without an address (a Unix socket) is. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address === undefined || address === '::1' || /^(::ffff:)?127\./.test(address);
}
