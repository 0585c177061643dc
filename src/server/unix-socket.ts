import { lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createConnection } from 'node:net';
import { reasonOf } from '../core/errors.ts';

/** How long the path of a socket may be, in bytes, without the zero at its end: what the smaller system takes. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

const ADVICE = 'set TOEHOLD_SOCKET to another path';

export type SocketResult =
  | { readonly ok: true; readonly server: Server }
  /** One line for a person. */
  | { readonly ok: false; readonly message: string };

/**
 * Listens on a Unix socket that only this account (and root) can connect to. Never rejects. The server takes the
 * file away when it closes.
 * @param create makes a server that does not listen yet
 * @param path absolute
 */
export async function listenOnSocket(create: () => Server, path: string): Promise<SocketResult> {
  const length = Buffer.byteLength(path);
  if (length > LONGEST_PATH) {
    const message = `TOEHOLD_SOCKET is a path of ${length} bytes (${path}), and a socket's path has ${LONGEST_PATH} at most: name a shorter one`;
    return { ok: false, message };
  }
  try {
    const problem = await clear(path);
    if (problem !== null) return { ok: false, message: problem };
    return { ok: true, server: await listen(create(), path) };
  } catch (error) {
    return { ok: false, message: `Cannot listen on the socket ${path} (${reasonOf(error)}): ${ADVICE}` };
  }
}

/** Takes away the socket that a server left when it was killed. Answers what else is in its place; null: nothing. */
async function clear(path: string): Promise<string | null> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return null;
  if (!found.isSocket()) return `${path} is there and is no socket: ${ADVICE}`;
  if (found.uid !== process.getuid?.()) return `The socket ${path} belongs to another account: ${ADVICE}`;
  if (await answers(path)) return `The socket ${path} is in use: ${ADVICE}`;
  rmSync(path, { force: true });
  return null;
}

/** Whether anybody listens. @throws what else kept the connection from being made */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(path);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', (error: NodeJS.ErrnoException) => {
      // What was there may be gone by now.
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}

function listen(server: Server, path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Node binds before listen() returns: the file never has another mode than 0600.
    const before = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off('error', reject);
        resolve(server);
      });
    } finally {
      process.umask(before);
    }
  });
}
