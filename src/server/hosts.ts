import { isIP } from 'node:net';

/**
 * Whether a client that says this host means this server. A page of another site can have its own name
 * resolve to this machine (DNS rebinding), and its browser then takes it for this server's own: but it cannot
 * make its name an address, or `localhost`, or one that was allowed.
 * @param host what the server listens on
 * @param allowed more names, each with or without a port
 */
export function createHostCheck(
  host: string,
  allowed: readonly string[],
): (header: string | undefined) => boolean {
  const known = new Set(['localhost', host, ...allowed].map((name) => name.toLowerCase()));
  return (header = '') => {
    const said = header.toLowerCase();
    const [, name] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec(said) ?? [];
    if (name === undefined) return false;
    return known.has(name) || known.has(said) || isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  };
}
