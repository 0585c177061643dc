import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A registry on loopback that has published one package, as npm's does: its description says whether the archive holds
 * a shrinkwrap. For all others it leads to the registry `others`.
 */
export async function registryWith(
  manifest: { name: string; version: string },
  archive: Buffer,
  others: string,
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    if (request.url === `/${manifest.name}`) {
      const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
      const published = {
        ...manifest,
        _hasShrinkwrap: true,
        dist: { tarball: `${url}/archive.tgz`, integrity },
      };
      const { name, version } = manifest;
      response.setHeader('Content-Type', 'application/json');
      response.end(
        JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: published } }),
      );
    } else if (request.url === '/archive.tgz') {
      response.end(archive);
    } else {
      response.writeHead(302, { Location: new URL(request.url ?? '/', others).href }).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, server };
}
