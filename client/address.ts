/**
 * The GraphQL endpoint of an address such as `http://127.0.0.1:3000`. The address can have a path, with or without `/graphql` at its end. In
 * a page it can be only a path.
 * @throws Error if it is not an address
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

/** The endpoint for WebSockets. */
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
