// The bare ceiling of the fan-out: a `ws` server, and `node:http` for SSE, that tail one file and send each read as one text, made once.
import { closeSync, openSync, readSync, watch } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { answerOrders, type Child, startChild } from './child.ts';

/** How the lines are sent. `raw`: the file has JSON texts, one for each line. */
export type Shape = 'lines' | 'entries' | 'raw';
export type Order = { readonly type: 'listen'; readonly path: string; readonly shape: Shape };
export type Answer = { readonly port: number };

export function startTailServer(): Promise<Child<Order, Answer>> {
  return startChild('tail-server.ts');
}

/** What Node's own streams of files read at a time, in bytes. */
const READ = 65_536;

const sockets = new Set<WebSocket>();
const responses = new Set<ServerResponse>();

function listen({ path, shape }: Order): Promise<Answer> {
  const http = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: next\ndata: {}\n\n');
    responses.add(response);
    response.once('close', () => responses.delete(response));
  });
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      if (String(data).includes('connection_init')) return socket.send('{"type":"connection_ack"}');
      sockets.add(socket);
      socket.send('{"id":"1","type":"next","payload":{"data":{}}}');
    });
    socket.once('close', () => sockets.delete(socket));
  });
  tail(path, (lines) => sendAll(textOf(shape, lines)));
  return new Promise((resolve) => {
    http.listen(0, '127.0.0.1', () => resolve({ port: (http.address() as AddressInfo).port }));
  });
}

function textOf(shape: Shape, lines: readonly string[]): string {
  if (shape === 'raw') return `{"data":{"events":{"events":[${lines.join(',')}]}}}`;
  if (shape === 'lines') return JSON.stringify({ data: { logs: { lines } } });
  const at = new Date().toISOString();
  const entries = lines.map((text) => ({ at, stream: 'STDOUT', text, app: { name: 'app-000' } }));
  return JSON.stringify({ data: { logs: { entries } } });
}

function sendAll(text: string): void {
  if (sockets.size > 0) {
    const message = Buffer.from(`{"id":"1","type":"next","payload":${text}}`);
    for (const socket of sockets) socket.send(message, { binary: false });
  }
  if (responses.size > 0) {
    const message = Buffer.from(`event: next\ndata: ${text}\n\n`);
    for (const response of responses) response.write(message);
  }
}

/** Calls with the whole lines of each read. */
function tail(path: string, take: (lines: readonly string[]) => void): void {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(READ);
  let rest = '';
  const readOn = () => {
    for (;;) {
      const length = readSync(file, buffer, 0, READ, null);
      if (length === 0) return;
      const lines = (rest + buffer.toString('utf8', 0, length)).split('\n');
      rest = lines.pop() ?? '';
      if (lines.length > 0) take(lines);
    }
  };
  const watcher = watch(path, readOn);
  process.once('disconnect', () => {
    watcher.close();
    closeSync(file);
  });
  readOn();
}

if (process.argv[1]?.endsWith('tail-server.ts')) answerOrders(listen);
