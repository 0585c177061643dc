import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** The median; NaN of no values. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** @param share 0.99 for the 99th percentile */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The monotonic clock of the machine, in milliseconds. All processes share it. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The processor time that a process has used so far, in seconds, as the scheduler counts it. */
export function cpuSeconds(pid: number): number {
  let nanoseconds = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanoseconds / 1e9;
}

/** The resident memory of a process, in MB. */
export function residentMb(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

/** Samples the resident memory every 20 ms. Call the returned function for the peak, in MB. */
export function watchMemory(pid: number): () => number {
  let peak = residentMb(pid);
  const timer = setInterval(() => {
    peak = Math.max(peak, residentMb(pid));
  }, 20);
  return () => {
    clearInterval(timer);
    return Math.max(peak, residentMb(pid));
  };
}

/** How much of one processor each process uses meanwhile, in percent. */
export async function cpuShares(pids: readonly number[], milliseconds: number): Promise<number[]> {
  const begin = now();
  const before = pids.map(cpuSeconds);
  await pause(milliseconds);
  const seconds = (now() - begin) / 1_000;
  return pids.map((pid, index) => ((cpuSeconds(pid) - (before[index] ?? 0)) / seconds) * 100);
}

/**
 * Waits until something holds.
 * @throws Error that says what did not happen within the time limit, in milliseconds
 */
export async function until<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  limit = 60_000,
  interval = 5,
): Promise<T> {
  const end = now() + limit;
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return found;
    if (now() > end) throw new Error(`This did not happen within ${limit / 1_000} s: ${what}`);
    await pause(interval);
  }
}
