import type { Server } from 'node:http';

/** How long an answer that is under way may take, in milliseconds, before its connection is cut. */
const PATIENCE = 1_000;

/** Takes no more connections, lets answers that are under way finish, and ends the rest. */
export async function closeHttp(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = new Promise((resolve) => server.close(resolve));
  // A connection whose last answer is out is idle only then.
  const sweep = setInterval(() => server.closeIdleConnections(), 10);
  const impatience = setTimeout(() => server.closeAllConnections(), PATIENCE);
  server.closeIdleConnections();
  await closed;
  clearInterval(sweep);
  clearTimeout(impatience);
}
