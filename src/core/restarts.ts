// When an app that ended is started again (docs/behavior.md A15): the whole policy.

import type { Next } from './lifecycle.ts';
import type { Times } from './times.ts';

/**
 * `toes.restart`: after which ends that nobody asked for an app is started again. ON_FAILURE: after every end but
 * exit 0 of its own accord. ALWAYS: after every end. NEVER: after none.
 */
export type RestartPolicy = 'ON_FAILURE' | 'ALWAYS' | 'NEVER';

export const DEFAULT_RESTART_POLICY: RestartPolicy = 'ON_FAILURE';

/** As package.json spells them. */
export const RESTART_POLICIES: Readonly<Record<string, RestartPolicy>> = {
  'on-failure': 'ON_FAILURE',
  always: 'ALWAYS',
  never: 'NEVER',
};

/** An end that nobody asked for. */
export type UnaskedEnd =
  /** Its script ended by itself. `code` null: it is not known. */
  | { readonly kind: 'EXITED'; readonly code: number | null; readonly ready: boolean }
  /** The supervisor ended it, or could not start it. `why` is a sentence without its stop. */
  | { readonly kind: 'FAILED'; readonly why: string; readonly cause: 'CRASH' | 'HEALTH' };

export const REST: Next = { kind: 'REST' };
export const CRASHED: Next = { kind: 'BACKOFF', cause: 'CRASH' };

/** What follows an end that nobody asked for. */
export function afterEnd(policy: RestartPolicy, end: UnaskedEnd): Next {
  const isWell = end.kind === 'EXITED' && end.code === 0;
  if (policy === 'NEVER' || (policy === 'ON_FAILURE' && isWell)) return { kind: 'EXITED' };
  return { kind: 'BACKOFF', cause: end.kind === 'FAILED' ? end.cause : 'CRASH' };
}

/** `App.error` after such an end: what happened, and whether anything follows. */
export function endText(policy: RestartPolicy, end: UnaskedEnd): string {
  const what = end.kind === 'FAILED' ? end.why : exitText(end);
  if (afterEnd(policy, end).kind !== 'EXITED') return what;
  const [name] = Object.entries(RESTART_POLICIES).find(([, value]) => value === policy) ?? [];
  return `${what}; it is not started again (toes.restart: ${name})`;
}

function exitText({ code, ready }: Extract<UnaskedEnd, { kind: 'EXITED' }>): string {
  const what = `It ended by itself${ready ? '' : ' before it was ready'}`;
  return code === null ? `${what}, and nobody knows its code` : `${what} with code ${code}`;
}

/** The most that is added to a delay, as a part of it: apps that failed together do not all start at once again. */
const JITTER = 0.2;

/**
 * How long restart number `attempt` (from 1 on) is put off at least, in milliseconds (docs/behavior.md A2).
 */
export function restartDelay(attempt: number, delays: Times['restartDelays']): number {
  return delays[Math.min(Math.max(attempt, 1), delays.length) - 1] ?? 0;
}

/** The delay with its jitter, in whole milliseconds. @param chance from 0 up to 1, anew for each restart */
export function withJitter(delay: number, chance: number): number {
  return Math.round(delay * (1 + JITTER * chance));
}

/**
 * How long a restart that an earlier control plane scheduled is still put off. The wall clock may
 * have jumped meanwhile: never longer than the longest delay there is.
 */
export function remainingDelay(dueAt: number, now: number, delays: Times['restartDelays']): number {
  return Math.min(Math.max(dueAt - now, 0), withJitter(Math.max(...delays, 0), 1));
}
