import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What the benchmark asks of the process under test. */
export type Order =
  | { readonly type: 'open' | 'finish'; readonly run: number }
  /** `timed`: the lines are times of the monotonic clock. */
  | { readonly type: 'subscribe'; readonly timed: boolean }
  | { readonly type: 'unsubscribe' | 'served' | 'watch-delay' | 'delay' }
  | {
      readonly type: 'page';
      readonly limit: number;
      readonly forward: boolean;
      /** Begins some lines into this run; null: at an end of the log. */
      readonly fromRun: number | null;
      readonly query: { readonly contains?: string; readonly since?: number };
      readonly times: number;
    };

export interface Answer {
  readonly served?: number;
  /** Milliseconds. */
  readonly waits?: readonly number[];
}

export interface Subject {
  readonly pid: number;
  ask(order: Order): Promise<Answer>;
  end(): Promise<void>;
}

/** Starts the logs in a process of their own. @param bytesPerApp what retention keeps. */
export async function startSubject(directory: string, bytesPerApp?: number): Promise<Subject> {
  const limit = bytesPerApp === undefined ? [] : [`${bytesPerApp}`];
  const child: ChildProcess = fork(join(import.meta.dirname, 'control-plane.ts'), [directory, ...limit], {
    execArgv: ['--import', 'tsx'],
  });
  await once(child, 'spawn');
  return {
    pid: child.pid ?? 0,
    async ask(order) {
      child.send(order);
      const [answer] = (await once(child, 'message')) as [Answer];
      return answer;
    },
    async end() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
