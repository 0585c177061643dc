import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { until } from './measure.ts';

/** Compiles the app of all benchmarks, and returns its path. */
export function compileApp(directory: string): string {
  const path = join(directory, 'app');
  execFileSync('cc', ['-O2', '-o', path, join(import.meta.dirname, 'app.c')]);
  return path;
}

export function appName(index: number): string {
  return `app-${String(index).padStart(3, '0')}`;
}

/** Makes the directories of apps that Toehold finds. @param command what each app runs */
export function makeApps(
  appsDir: string,
  count: number,
  command: string | ((index: number) => string),
): void {
  for (let index = 0; index < count; index += 1) {
    const current = join(appsDir, appName(index), 'current');
    mkdirSync(current, { recursive: true });
    const script = `exec ${typeof command === 'string' ? command : command(index)}`;
    writeFileSync(join(current, 'package.json'), JSON.stringify({ scripts: { toes: script } }));
  }
}

/** Gives an app a command (app.c). Resolves with when it began and ended, by the monotonic clock in milliseconds. */
export function command(
  port: number,
  text: string,
): Promise<{ readonly begin: number; readonly end: number }> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('error', reject);
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('end', () => {
      const [begin = Number.NaN, end = Number.NaN] = answer.split(' ').map((part) => Number(part) / 1e6);
      resolve({ begin, end });
    });
  });
}

/** When apps began to listen, as they wrote it themselves (app.c, --stamps). */
export class Stamps {
  readonly path: string;
  #seen = 0;

  constructor(path: string) {
    this.path = path;
    writeFileSync(path, '');
  }

  /** Forgets what was written before. */
  clear(): void {
    this.#seen = 0;
    writeFileSync(this.path, '');
  }

  /** Waits for the next `count` apps. Returns their times, by the monotonic clock in milliseconds. */
  async next(count: number): Promise<readonly number[]> {
    const times = await until(
      `${count} apps listen`,
      () => {
        const all = readFileSync(this.path, 'utf8').split('\n').slice(0, -1);
        return all.length >= this.#seen + count && all.map((line) => Number(line) / 1e6).slice(this.#seen);
      },
      120_000,
    );
    this.#seen += times.length;
    return times;
  }
}

/** Below the ports that systems give out by themselves, so that a port stays free until it is used. */
const LOWEST = 12_000;
const HIGHEST = 30_000;

/** The first of so many free ports in a row. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - count));
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`There are no ${count} free ports in a row from ${LOWEST} to ${HIGHEST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
