// The bare ceiling of queries: `node:http` that answers every request with the same bytes.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerOrders, type Child, startChild } from './child.ts';

export type Order = { readonly text: string };
export type Answer = { readonly port: number };

export function startBytesServer(): Promise<Child<Order, Answer>> {
  return startChild('bytes-server.ts');
}

function listen({ text }: Order): Promise<Answer> {
  const body = Buffer.from(text);
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
      response.end(body);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as AddressInfo).port }));
  });
}

if (process.argv[1]?.endsWith('bytes-server.ts')) answerOrders(listen);
