/**
 * Where a person opens an app, by the host that the client asked the control plane by.
 * @param address where the app is reached on this machine. 127.0.0.1 stands for a wildcard, too; null: not known.
 */
export function appUrl(requestHost: string, port: number, address: string | null): string {
  return `http://${hostFor(requestHost, address)}:${port}`;
}

function hostFor(requestHost: string, address: string | null): string {
  if (address === null || address === '127.0.0.1') return requestHost;
  const literal = address.includes(':') ? `[${address}]` : address;
  const isIPv4Loopback = /^127\./.test(requestHost);
  // `localhost` leads to ::1 as well.
  if (address === '::1') return isIPv4Loopback ? literal : requestHost;
  // It listens at one other address alone, which no name of the loopback leads to.
  return isIPv4Loopback || requestHost === 'localhost' || requestHost === '[::1]' ? literal : requestHost;
}
