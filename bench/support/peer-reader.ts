// Reads the lines "T<clock>." of an app under PM2 as people do, in a process of its own: from its bus, or from `pm2 logs`.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { answerOrders, type Child, startChild } from './child.ts';
import { now } from './measure.ts';

/** `bus` and `logs` begin to read; `waits` waits for so many lines, and forgets them. */
export type Order =
  | { readonly type: 'bus'; readonly command: string; readonly home: string }
  | { readonly type: 'logs'; readonly command: string; readonly home: string }
  | { readonly type: 'waits'; readonly count: number };
/** Milliseconds from the app's write until the line was read. */
export type Answer = { readonly waits: readonly number[] };

export function startPeerReader(): Promise<Child<Order, Answer>> {
  return startChild('peer-reader.ts');
}

/** The part of PM2's own module that is used. */
interface Pm2Module {
  connect(callback: (error: unknown) => void): void;
  launchBus(
    callback: (
      error: unknown,
      bus: { on(event: string, listener: (packet: { data: string }) => void): void },
    ) => void,
  ): void;
}

let waits: number[] = [];
let wanted = Number.POSITIVE_INFINITY;
let finished = () => {};

function note(text: string): void {
  const at = now();
  for (const [, written] of text.matchAll(/T(\d+)\./g)) waits.push(at - Number(written) / 1e6);
  if (waits.length >= wanted) finished();
}

async function listenToBus(command: string, home: string): Promise<void> {
  process.env.PM2_HOME = home;
  const pm2 = createRequire(command)('pm2') as Pm2Module;
  await new Promise<void>((resolve) => pm2.connect(() => resolve()));
  await new Promise<void>((resolve) => {
    pm2.launchBus((_error, bus) => {
      bus.on('log:out', ({ data }) => note(data));
      resolve();
    });
  });
}

function followLogs(command: string, home: string): void {
  const child = spawn(process.execPath, [command, 'logs', '--raw', '--lines', '0'], {
    env: { ...process.env, PM2_HOME: home },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  process.once('exit', () => child.kill());
  child.stdout.setEncoding('utf8').on('data', note);
}

async function carryOut(order: Order): Promise<Answer> {
  if (order.type === 'bus') await listenToBus(order.command, order.home);
  else if (order.type === 'logs') followLogs(order.command, order.home);
  else {
    wanted = order.count;
    if (waits.length < wanted) {
      await new Promise<void>((resolve) => {
        finished = resolve;
      });
    }
  }
  const answer = { waits };
  waits = [];
  wanted = Number.POSITIVE_INFINITY;
  return answer;
}

if (process.argv[1]?.endsWith('peer-reader.ts')) answerOrders(carryOut);
