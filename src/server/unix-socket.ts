import { lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { createConnection } from 'node:net';
import { reasonOf } from '../core/errors.ts';

/** The longest path of a socket, in bytes, without the terminating zero. */
const LONGEST_PATH = process.platform === 'linux' ? 107 : 103;

const ADVICE = 'set TOEHOLD_SOCKET to another path';

type SocketResult =
  | { readonly ok: true; readonly server: Server }
  /** One line for a person. */
  | { readonly ok: false; readonly message: string };

/**
 * Listens on a Unix socket that only this account (and root) can connect to. Never rejects. The server removes the
 * file when it closes.
 * @param create returns a server that does not listen yet
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

/** Removes the socket of a server that was killed. Returns a problem if something else is there; else null. */
async function clear(path: string): Promise<string | null> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return null;
  if (!found.isSocket()) return `${path} is there and is no socket: ${ADVICE}`;
  if (found.uid !== process.getuid?.()) return `The socket ${path} belongs to another account: ${ADVICE}`;
  if (await answers(path)) return `The socket ${path} is in use: ${ADVICE}`;
  rmSync(path, { force: true });
  return null;
}

/** Whether a process listens. @throws any other error of the connection */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(path);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', (error: NodeJS.ErrnoException) => {
      // The file can have been removed since.
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}

function listen(server: Server, path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // Node binds before listen() returns, so the file has mode 0600 from the beginning.
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
