/**
 * Where GraphQL is, from what a person would give: `http://127.0.0.1:3000`, with or without a path in front of or
 * at `/graphql`. A page may give a path alone.
 * @throws Error where it is no address.
 */
export function graphqlAddress(url: string | URL): URL {
  const { location } = globalThis as { location?: { href?: string } };
  const address = parse(String(url), location?.href);
  if (!['http:', 'https:'].includes(address.protocol)) {
    throw new Error(`url must begin with http:// or https://, and is ${JSON.stringify(String(url))}`);
  }
  address.search = '';
  address.hash = '';
  const path = address.pathname.replace(/\/+$/, '');
  address.pathname = path.endsWith('/graphql') ? path : `${path}/graphql`;
  return address;
}

/** The same place, for a WebSocket. */
export function socketAddress(address: URL): string {
  return address.href.replace(/^http/, 'ws');
}

function parse(url: string, base: string | undefined): URL {
  try {
    return new URL(url, base);
  } catch (cause) {
    throw new Error(`url must be like http://127.0.0.1:3000, and is ${JSON.stringify(url)}`, { cause });
  }
}
