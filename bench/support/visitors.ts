// Subscribers that come and go, in a process of their own. Some stop reading for a while.
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { answerOrders, type Child, startChild } from './child.ts';

export type Order =
  | { readonly type: 'visit'; readonly port: number; readonly token: string; readonly count: number }
  | { readonly type: 'leave' };
export interface Answer {
  /** How many subscribers came so far. */
  readonly came: number;
  readonly messages: number;
}

export function startVisitors(): Promise<Child<Order, Answer>> {
  return startChild('visitors.ts');
}

const QUERIES = [
  'subscription { logs(last: 100) { ... on LogBatch { lines cursor } } }',
  'subscription { logs(last: 0, apps: [{ name: "app-000" }]) { ... on LogBatch { lines } } }',
  'subscription { logs(last: 0) { ... on LogBatch { entries { at stream text app { name state } } } } }',
  'subscription { events { ... on EventBatch { events { __typename at } } } }',
];
/** How long a subscriber stays, in milliseconds. */
const SHORTEST = 500;
const LONGEST = 10_000;

let leaving = false;
let came = 0;
let messages = 0;
let all: Promise<unknown> = Promise.resolve();

/** One place, which is taken by one subscriber after another. */
async function place(port: number, token: string): Promise<void> {
  while (!leaving) {
    came += 1;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.once('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
    );
    socket.on('message', (data) => {
      messages += 1;
      if (!String(data).includes('"connection_ack"')) return;
      const query = QUERIES[came % QUERIES.length];
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    });
    await pause(SHORTEST + Math.random() * (LONGEST - SHORTEST));
    if (came % 5 === 0) {
      socket.pause();
      await pause(LONGEST / 2);
    }
    // Some say goodbye, and some vanish.
    if (came % 2 === 0 && socket.readyState === socket.OPEN && !socket.isPaused) socket.close();
    else socket.terminate();
    await closed;
  }
}

async function carryOut(order: Order): Promise<Answer> {
  if (order.type === 'visit')
    all = Promise.all(Array.from({ length: order.count }, () => place(order.port, order.token)));
  else {
    leaving = true;
    await all;
  }
  return { came, messages };
}

if (process.argv[1]?.endsWith('visitors.ts')) answerOrders(carryOut);
