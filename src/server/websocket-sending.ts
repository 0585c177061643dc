import type { WebSocket } from 'ws';

/** How much may wait in a socket for a slow reader, in bytes, before its streams wait too. */
const MAX_WAITING = 1_000_000;
/** How often a client is asked whether it is there, in milliseconds; one that gives no answer by the next time is gone. */
const PING_INTERVAL = 30_000;
/** How long a client may take to say goodbye, in milliseconds. */
const GOODBYE = 200;

/**
 * Resolves when more may be sent, for which streams wait: at once while little waits in the socket, else when
 * the system has taken this message. A reader that stalls holds up so much, and one payload of each of its streams.
 */
export function send(socket: WebSocket, text: string): Promise<void> {
  return pour(socket, (done) => socket.send(text, done));
}

/** Answers pings as the protocol wants it. */
export function answerPings(socket: WebSocket): void {
  socket.on('ping', (data) => void pour(socket, (done) => socket.pong(data, false, done)));
}

function pour(socket: WebSocket, write: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState !== socket.OPEN) return resolve();
    // An error means that the socket has gone; its `close` ends what sends here.
    write(() => {
      if (socket.isPaused && socket.bufferedAmount < MAX_WAITING) socket.resume();
      resolve();
    });
    if (socket.bufferedAmount < MAX_WAITING) return resolve();
    // Whoever does not read his answers may ask for no more of them: they would have to be kept.
    socket.pause();
  });
}

/** Closes the socket, whether its client says goodbye or not; resolves when it is closed. */
export function sayGoodbye(socket: WebSocket, code: number, reason: string): Promise<void> {
  return new Promise((resolve) => {
    if (socket.readyState === socket.CLOSED) return resolve();
    const impatience = setTimeout(() => socket.terminate(), GOODBYE);
    socket.once('close', () => {
      clearTimeout(impatience);
      resolve();
    });
    // What its client says first waits in a socket that is paused.
    socket.resume();
    socket.close(code, reason);
  });
}

/** Ends the socket when its client is gone; the answer stops looking. */
export function keepAlive(socket: WebSocket): () => void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    // What waits to be sent stands before the ping: a reader that takes its time is no dead one.
    if (!answered && socket.bufferedAmount === 0) socket.terminate();
    answered = false;
    socket.ping();
  }, PING_INTERVAL);
  return () => clearInterval(timer);
}
