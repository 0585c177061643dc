import type { WebSocket } from 'ws';

/** How many bytes a socket buffers for a slow client before its streams wait, too. */
const MAX_WAITING = 1_000_000;
/** How often a client is pinged, in milliseconds. One that does not respond until the next ping is disconnected. */
const PING_INTERVAL = 30_000;
/** How long a client can take to complete the closing handshake, in milliseconds. */
const CLOSE_TIMEOUT = 200;

/**
 * Sends a message. Resolves when the stream may send the next one: immediately while the buffer is small, else when the
 * system has accepted this message. So a stalled client costs one buffer, and one payload for each of its streams.
 */
export function send(socket: WebSocket, text: string): Promise<void> {
  return writeTo(socket, (done) => socket.send(text, done));
}

/** Responds to pings. */
export function answerPings(socket: WebSocket): void {
  socket.on('ping', (data) => void writeTo(socket, (done) => socket.pong(data, false, done)));
}

function writeTo(socket: WebSocket, write: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    // After an error the socket is closed, and its `close` event ends the streams.
    write(() => {
      if (socket.isPaused && socket.bufferedAmount < MAX_WAITING) socket.resume();
      resolve();
    });
    if (socket.bufferedAmount < MAX_WAITING) return resolve();
    // Reads no more requests from a client that does not read responses: they would accumulate.
    socket.pause();
  });
}

/** Closes the socket, whether or not the client completes the handshake. Resolves when it is closed. */
export function closeSocket(socket: WebSocket, code: number, reason: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) return resolve();
    const impatience = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT);
    socket.once('close', () => {
      clearTimeout(impatience);
      resolve();
    });
    // A paused socket does not read the client's close frame.
    socket.resume();
    socket.close(code, reason);
  });
}

/** Closes the socket when its client no longer responds. Call the returned function to stop. */
export function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    // Buffered data is sent before the ping: a client that reads slowly is not dead.
    if (!answered && socket.bufferedAmount === 0) socket.terminate();
    answered = false;
    socket.ping();
  }, PING_INTERVAL);
  return () => clearInterval(timer);
}
