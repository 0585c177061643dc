import { isIPv4, isIPv6 } from 'node:net';

/** Whether a host to listen on reaches nobody beyond this machine: 127.0.0.0/8, ::1 or `localhost`. */
export function isLoopback(host: string): boolean {
  if (isBothLoopbacks(host)) return true;
  if (isIPv4(host)) return host.startsWith('127.');
  return isIPv6(host) && new URL(`http://[${host}]`).hostname === '[::1]';
}

/** Whether a host to listen on stands for 127.0.0.1 and ::1. */
export function isBothLoopbacks(host: string): boolean {
  return host.toLowerCase() === 'localhost';
}

/** As a URL has it: an IPv6 address in brackets. */
export function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** What one party has at least: an IPv4 address, or a /64 of IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}

/** Whether the other end of a connection is on this machine; one without an address is. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address === undefined || address === '::1' || /^(::ffff:)?127\./.test(address);
}
