import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../fixtures/discovery/follow.ts', import.meta.url));
const DEADLINE = 20_000;

/** A process that runs discovery. */
export interface Follower {
  /** All lines so far, each as one object. */
  readonly lines: readonly Record<string, unknown>[];
  /** The next line that has this key, those of before not counted; and the value. */
  next(key: string): Promise<unknown>;
  send(command: 'rescan' | 'watches'): void;
  /** Ends its stdin; answers the exit code. */
  end(): Promise<number | null>;
}

export interface FollowerOptions {
  /** The user id that it runs as, where this process may choose. */
  readonly user?: number;
  /** A command that it is started by, and its arguments. */
  readonly wrapper?: readonly string[];
}

export function startFollower(appsDir: string, options: FollowerOptions = {}): Follower {
  const program = [process.execPath, '--import', import.meta.resolve('tsx'), PROGRAM, appsDir];
  if (options.user !== undefined) program.push(String(options.user));
  const [command = '', ...args] = [...(options.wrapper ?? []), ...program];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
  });
  const lines: Record<string, unknown>[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line));
    for (const check of waiting) check();
  });
  let taken = 0;
  return {
    lines,
    next: (key) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`No line with ${key} came: ${JSON.stringify(lines)}`));
        }, DEADLINE);
        const check = (): void => {
          const index = lines.findIndex((line, at) => at >= taken && key in line);
          if (index === -1) return;
          taken = index + 1;
          waiting.delete(check);
          clearTimeout(timer);
          resolve(lines[index]?.[key]);
        };
        waiting.add(check);
        check();
      }),
    send: (name) => void child.stdin.write(`${name}\n`),
    end() {
      child.stdin.end();
      return ended;
    },
  };
}
