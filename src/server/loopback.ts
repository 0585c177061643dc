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
