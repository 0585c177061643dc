// Clients that send the same HTTP request again and again over connections that stay open, in a process of their own.
import { connect, type Socket } from 'node:net';
import { answerOrders, type Child, startChild } from './child.ts';
import { now, percentile } from './measure.ts';

export type Order =
  /** As fast as answers come, over one connection for each token. */
  | {
      readonly type: 'load';
      readonly port: number;
      readonly tokens: readonly string[];
      readonly query: string;
      readonly milliseconds: number;
    }
  /** One after another over one connection, each after a change that is not timed. */
  | {
      readonly type: 'alternate';
      readonly port: number;
      readonly tokens: readonly string[];
      readonly query: string;
      /** Mutations, in turn. Empty: nothing is changed. */
      readonly changes: readonly string[];
      readonly count: number;
    }
  /** One after another over one connection, with a pause between two. */
  | {
      readonly type: 'sample';
      readonly port: number;
      readonly tokens: readonly string[];
      readonly query: string;
      /** For how long. */
      readonly milliseconds: number;
      /** Milliseconds between an answer and the next request. */
      readonly pause: number;
    };

export interface Answer {
  readonly perSecond: number;
  /** Milliseconds from a request to the whole answer. */
  readonly p50: number;
  readonly most: number;
}

export function startRequests(): Promise<Child<Order, Answer>> {
  return startChild('requests.ts');
}

const shared = Buffer.allocUnsafe(1 << 20);

/** One connection that stays open, with one request at a time. */
class Connection {
  readonly #socket: Socket;
  readonly #head: string;
  #take: (answer: string) => void = () => {};
  #fail: (error: Error) => void = () => {};
  #left = 0;
  #text = '';
  #keep = true;

  constructor(port: number, token: string) {
    this.#head = `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: application/json\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\n`;
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      onread: { buffer: shared, callback: (length, buffer) => this.#read(buffer as Buffer, length) },
    });
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('The server closed a connection')));
  }

  request(query: string): Buffer {
    const body = JSON.stringify({ query });
    return Buffer.from(`${this.#head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  /** Sends a request and calls back with the answer: its body if `keep`, else nothing of it. */
  send(request: Buffer, keep: boolean, take: (answer: string) => void, fail: (error: Error) => void): void {
    this.#take = take;
    this.#fail = fail;
    this.#keep = keep;
    this.#text = '';
    this.#socket.write(request);
  }

  ask(request: Buffer, keep = false): Promise<string> {
    return new Promise((resolve, reject) => this.send(request, keep, resolve, reject));
  }

  close(): void {
    this.#fail = () => {};
    this.#socket.destroy();
  }

  #read(buffer: Buffer, length: number): boolean {
    let body = 0;
    if (this.#left === 0) {
      const head = buffer.toString('latin1', 0, Math.min(length, 2_048));
      const end = head.indexOf('\r\n\r\n');
      const [, size] = /content-length: (\d+)/i.exec(head) ?? [];
      if (!head.startsWith('HTTP/1.1 200') || end < 0 || size === undefined) {
        this.#fail(new Error(`This is not an answer with a length: ${head.slice(0, 600)}`));
        return true;
      }
      body = end + 4;
      this.#left = Number(size);
    }
    if (this.#keep) this.#text += buffer.toString('utf8', body, length);
    this.#left -= length - body;
    if (this.#left === 0) this.#take(this.#text);
    return true;
  }
}

/** @throws Error if the answer has errors */
async function check(connection: Connection, request: Buffer): Promise<void> {
  const text = await connection.ask(request, true);
  if (text.includes('"errors"')) throw new Error(text.slice(0, 500));
}

async function load({
  port,
  tokens,
  query,
  milliseconds,
}: Extract<Order, { type: 'load' }>): Promise<Answer> {
  const connections = tokens.map((token) => new Connection(port, token));
  let answered = 0;
  let end = Number.POSITIVE_INFINITY;
  const run = async (connection: Connection) => {
    const request = connection.request(query);
    await check(connection, request);
    await new Promise<void>((resolve, reject) => {
      const next = () => {
        answered += 1;
        if (performance.now() < end) connection.send(request, false, next, reject);
        else resolve();
      };
      connection.send(request, false, next, reject);
    });
    await check(connection, request);
    connection.close();
  };
  const begin = performance.now();
  end = begin + milliseconds;
  await Promise.all(connections.map(run));
  return { perSecond: (answered / (performance.now() - begin)) * 1_000, p50: 0, most: 0 };
}

async function alternate(order: Extract<Order, { type: 'alternate' }>): Promise<Answer> {
  const connections = order.tokens.map((token) => new Connection(order.port, token));
  const [asking] = connections;
  if (!asking) throw new Error('No token was given');
  const request = asking.request(order.query);
  await check(asking, request);
  const times: number[] = [];
  for (let index = 0; index < order.count; index += 1) {
    const change = order.changes[index % order.changes.length];
    const changing = connections[index % connections.length];
    if (change !== undefined && changing) {
      const answer = await changing.ask(changing.request(change), true);
      if (answer.includes('rror')) throw new Error(answer);
    }
    const begin = now();
    await asking.ask(request);
    times.push(now() - begin);
  }
  for (const connection of connections) connection.close();
  return summary(times);
}

async function sample(order: Extract<Order, { type: 'sample' }>): Promise<Answer> {
  const [token = ''] = order.tokens;
  const connection = new Connection(order.port, token);
  const request = connection.request(order.query);
  await check(connection, request);
  const times: number[] = [];
  const end = now() + order.milliseconds;
  while (now() < end) {
    const begin = now();
    await connection.ask(request);
    times.push(now() - begin);
    await new Promise((resolve) => setTimeout(resolve, order.pause));
  }
  connection.close();
  return summary(times);
}

function summary(times: readonly number[]): Answer {
  const p50 = percentile(times, 0.5);
  return { perSecond: 1_000 / p50, p50, most: Math.max(...times) };
}

function carryOut(order: Order): Promise<Answer> {
  if (order.type === 'load') return load(order);
  return order.type === 'alternate' ? alternate(order) : sample(order);
}

if (process.argv[1]?.endsWith('requests.ts')) answerOrders(carryOut);
