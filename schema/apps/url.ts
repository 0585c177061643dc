/**
 * The URL at which a person opens an app.
 * @param requestHost the host of the request to the control plane
 * @param address the address at which the app listens; 127.0.0.1 also for a wildcard; null if it is not known
 */
export function appUrl(requestHost: string, port: number, address: string | null): string {
  return `http://${hostFor(requestHost, address)}:${port}`;
}

function hostFor(requestHost: string, address: string | null): string {
  if (address === null || address === '127.0.0.1') return requestHost;
  const literal = address.includes(':') ? `[${address}]` : address;
  const isIPv4Loopback = /^127\./.test(requestHost);
  // `localhost` resolves to ::1, too.
  if (address === '::1') return isIPv4Loopback ? literal : requestHost;
  // The app listens only at another address, to which no loopback name resolves.
  return isIPv4Loopback || requestHost === 'localhost' || requestHost === '[::1]' ? literal : requestHost;
}
