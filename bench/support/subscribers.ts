// Many subscribers in one process of their own. They read raw sockets and only count bytes, so that they cost little.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { answerOrders, type Child, startChild } from './child.ts';
import { now } from './measure.ts';

export type Order =
  | {
      readonly type: 'connect';
      readonly how: 'ws' | 'sse';
      readonly port: number;
      readonly token: string;
      readonly query: string;
      readonly count: number;
      /** Expects this text at once, where the query begins with old lines. */
      readonly mark?: string;
    }
  /** Notes when each subscriber receives this text. Give it before the text is sent. */
  | { readonly type: 'expect'; readonly mark: string }
  /** Waits until every subscriber has received it. */
  | { readonly type: 'received' }
  /** From now on, notes how long ago the lines "T<clock>." were written. */
  | { readonly type: 'time' }
  | { readonly type: 'close' };

export interface Answer {
  /** When the last subscriber had received the mark, by the monotonic clock in milliseconds. */
  readonly at: number;
  /** The fewest bytes that a subscriber received since `expect`. */
  readonly fewest: number;
  /** Milliseconds, one for each line and subscriber. */
  readonly waits: readonly number[];
}

export function startSubscribers(): Promise<Child<Order, Answer>> {
  return startChild('subscribers.ts');
}

/** How many connect at a time: the server gives each 3 s to authenticate. */
const AT_ONCE = 50;
/** The mark is looked for only in the end of each read, because nothing follows it. */
const TAIL = 600;
/** The server closes a WebSocket that does not answer a ping within 30 s. Unasked pongs count as answers. */
const PONG_INTERVAL = 10_000;

// One buffer for all sockets: each read is handled before the next.
const shared = Buffer.allocUnsafe(1 << 20);
let subscribers: Subscriber[] = [];
let mark: Buffer | null = null;
let pending = 0;
let lastAt = 0;
let finished = () => {};
let timing = false;
let waits: number[] = [];

class Subscriber {
  readonly socket: Socket;
  readonly live: Promise<void>;
  bytes = 0;
  waiting = false;
  #before = Buffer.alloc(0);
  #received = '';
  #subscribe: (() => void) | null = null;
  #becomeLive = () => {};

  constructor(order: Extract<Order, { type: 'connect' }>) {
    this.waiting = order.mark !== undefined;
    let fail = (_error: Error) => {};
    this.live = new Promise((resolve, reject) => {
      this.#becomeLive = resolve;
      fail = reject;
    });
    this.socket = connect({
      port: order.port,
      host: '127.0.0.1',
      onread: {
        buffer: shared,
        callback: (length, buffer) => {
          this.#read(buffer as Buffer, length);
          return true;
        },
      },
    });
    this.socket.setNoDelay(true);
    this.socket.on('error', fail);
    this.socket.on('close', () => {
      fail(new Error(`The server closed a connection: ${this.#received.slice(0, 500)}`));
      if (this.waiting) throw new Error('The server closed the connection of a subscriber');
    });
    this.socket.write(order.how === 'ws' ? upgradeRequest(order) : streamRequest(order));
    if (order.how === 'ws') {
      this.socket.write(
        frame({ type: 'connection_init', payload: { authorization: `Bearer ${order.token}` } }),
      );
      this.#subscribe = () =>
        this.socket.write(frame({ id: '1', type: 'subscribe', payload: { query: order.query } }));
    }
  }

  /** Before the first payload, the answers are read; later, bytes are only counted. */
  #read(buffer: Buffer, length: number): void {
    if (this.#received !== null && !this.#isLive)
      return this.#readAnswers(buffer.toString('latin1', 0, length));
    this.bytes += length;
    if (timing) noteTimes(buffer.toString('latin1', 0, length));
    if (!this.waiting || !mark) return;
    const found =
      buffer.subarray(Math.max(0, length - TAIL), length).includes(mark) ||
      Buffer.concat([this.#before, buffer.subarray(0, Math.min(length, mark.length))]).includes(mark);
    if (!found) {
      const kept = Buffer.from(buffer.subarray(Math.max(0, length - mark.length), length));
      this.#before = length < mark.length ? Buffer.concat([this.#before, kept]).subarray(-mark.length) : kept;
      return;
    }
    this.waiting = false;
    this.#before = Buffer.alloc(0);
    if (--pending > 0) return;
    lastAt = now();
    finished();
  }

  #isLive = false;

  #readAnswers(text: string): void {
    this.#received += text;
    if (this.#subscribe && this.#received.includes('connection_ack')) {
      this.#subscribe();
      this.#subscribe = null;
    }
    if (!/"type":"next"|event: next/.test(this.#received)) return;
    this.#isLive = true;
    this.#becomeLive();
  }
}

function noteTimes(text: string): void {
  const at = now();
  for (const [, written] of text.matchAll(/T(\d+)\./g)) waits.push(at - Number(written) / 1e6);
}

function upgradeRequest({ port }: { readonly port: number }): string {
  const key = randomBytes(16).toString('base64');
  return `GET /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`;
}

function streamRequest({ port, token, query }: Extract<Order, { type: 'connect' }>): string {
  const body = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** A text frame of a client, which must be masked: with zeros, it stays as it is. */
function frame(message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(8);
  head[0] = 0x81;
  head[1] = 0xfe;
  head.writeUInt16BE(text.length, 2);
  return Buffer.concat([head, text]);
}

const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

async function connectAll(order: Extract<Order, { type: 'connect' }>): Promise<void> {
  if (order.mark !== undefined) {
    mark = Buffer.from(order.mark);
    pending = order.count;
  }
  for (let made = 0; made < order.count; made += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, order.count - made) }, () => new Subscriber(order));
    await Promise.all(some.map(({ live }) => live));
    subscribers.push(...some);
  }
  if (order.how !== 'ws') return;
  const all = subscribers;
  const timer = setInterval(() => {
    if (all !== subscribers) return clearInterval(timer);
    for (const { socket } of all) socket.write(PONG);
  }, PONG_INTERVAL);
}

async function carryOut(order: Order): Promise<Answer> {
  switch (order.type) {
    case 'connect':
      await connectAll(order);
      break;
    case 'expect':
      mark = Buffer.from(order.mark);
      pending = subscribers.length;
      for (const subscriber of subscribers) Object.assign(subscriber, { waiting: true, bytes: 0 });
      break;
    case 'received':
      if (pending > 0) {
        await new Promise<void>((resolve) => {
          finished = resolve;
        });
      }
      break;
    case 'time':
      timing = true;
      waits = [];
      break;
    case 'close':
      for (const { socket } of subscribers) socket.destroy();
      subscribers = [];
      timing = false;
  }
  const bytes = subscribers.map((subscriber) => subscriber.bytes);
  return { at: lastAt, fewest: Math.min(...bytes), waits: order.type === 'received' ? waits : [] };
}

if (process.argv[1]?.endsWith('subscribers.ts')) answerOrders(carryOut);
