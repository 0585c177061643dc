import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A part of a benchmark in a process of its own, so that it does not share an event loop with what is measured. */
export interface Child<Order, Answer> {
  readonly pid: number;
  /** Sends an order and waits for the answer. @throws Error if the process fails */
  ask(order: Order): Promise<Answer>;
  end(): Promise<void>;
}

/** @param file a module of this directory that calls `answerOrders` */
export async function startChild<Order extends object, Answer>(
  file: string,
  args: readonly string[] = [],
): Promise<Child<Order, Answer>> {
  const child: ChildProcess = fork(join(import.meta.dirname, file), args, { execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit');
  await once(child, 'message');
  return {
    pid: child.pid ?? 0,
    async ask(order) {
      child.send(order);
      const [message] = await Promise.race([
        once(child, 'message') as Promise<[{ answer?: Answer; failure?: string }]>,
        ended.then(() => [{ failure: `${file} ended` }] as [{ answer?: Answer; failure?: string }]),
      ]);
      if (message.failure !== undefined) throw new Error(message.failure);
      return message.answer as Answer;
    },
    async end() {
      if (child.connected) child.disconnect();
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(impatience);
    },
  };
}

/** Answers one order at a time, until the parent disconnects. */
export function answerOrders<Order, Answer>(carryOut: (order: Order) => Promise<Answer>): void {
  process.on('message', (order: Order) => {
    carryOut(order).then(
      (answer) => process.send?.({ answer }),
      (error: unknown) => process.send?.({ failure: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
  process.send?.({});
}
