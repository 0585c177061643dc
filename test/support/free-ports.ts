import { createServer } from 'node:net';

/** Below what systems give out by themselves, so that a port stays free from here to its use. */
const LOWEST = 12_000;
const HIGHEST = 30_000;

/** As many free ports in a row, as TOEHOLD_PORTS takes them: `12345-12349`. */
export async function freePorts(count: number): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return `${first}-${first + count - 1}`;
  }
  throw new Error(`no ${count} free ports in a row from ${LOWEST} to ${HIGHEST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
