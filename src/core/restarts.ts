// When an app that ended is started again (BEHAVIOUR A15): the whole policy.

import type { Next } from './lifecycle.ts';
import type { Times } from './times.ts';

/** How long restart number `attempt` (from 1 on) is put off, in milliseconds (BEHAVIOUR A2). */
export function restartDelay(attempt: number, delays: Times['restartDelays']): number {
  return delays[Math.min(Math.max(attempt, 1), delays.length) - 1] ?? 0;
}

/**
 * How long a restart that an earlier control plane scheduled is still put off. The wall clock may
 * have jumped meanwhile: never longer than the longest delay there is.
 */
export function remainingDelay(dueAt: number, now: number, delays: Times['restartDelays']): number {
  return Math.min(Math.max(dueAt - now, 0), Math.max(...delays, 0));
}

export const REST: Next = { kind: 'REST' };
export const CRASHED: Next = { kind: 'BACKOFF', cause: 'CRASH' };

/** What follows when a script ended by itself: exit 0 is not restarted. `code` null: nobody knows it. */
export function afterExit(code: number | null): Next {
  return code === 0 ? REST : CRASHED;
}
