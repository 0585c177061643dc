// The whole policy of restarts (docs/behavior.md A15): which ends are followed by another run, how long that run is put
// off, and when the count of restarts is 0 again.

import { SUPERVISOR_ACTOR } from './events.ts';
import type { Lifecycle, Next, PhaseOf } from './lifecycle.ts';
import type { Times } from './times.ts';

/**
 * `toes.restart`: after which unasked ends an app is started again. ON_FAILURE: after every end but
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

/** An end without a command or a change of files that asked for it. */
export type UnaskedEnd =
  /** Its script ended by itself. `code` null: it is not known. */
  | { readonly kind: 'EXITED'; readonly code: number | null; readonly ready: boolean }
  /** The supervisor ended it, or could not start it. `why` is a sentence without its stop. */
  | { readonly kind: 'FAILED'; readonly why: string; readonly cause: 'CRASH' | 'HEALTH' };

export const REST: Next = { kind: 'REST' };
export const CRASHED: Next = { kind: 'BACKOFF', cause: 'CRASH' };
/** After a boot of the machine no process of an old run can be left: what is wanted starts at once. */
const AFTER_REBOOT: Next = { kind: 'START', cause: 'BOOT', actor: SUPERVISOR_ACTOR };

/** What follows an unasked end. */
export function afterEnd(policy: RestartPolicy, end: UnaskedEnd): Next {
  const isWell = end.kind === 'EXITED' && end.code === 0;
  if (policy === 'NEVER' || (policy === 'ON_FAILURE' && isWell)) return { kind: 'EXITED' };
  return { kind: 'BACKOFF', cause: end.kind === 'FAILED' ? end.cause : 'CRASH' };
}

/** What follows an end that was found at recovery. `null`: the same as after any unasked end. */
export function afterFoundEnd(rebooted: boolean, { desired }: Lifecycle): Next | null {
  return rebooted && desired === 'RUNNING' ? AFTER_REBOOT : null;
}

/** The same for a run that was being ended: an app that ended by itself is started once by the boot of the machine. */
export function afterFoundStop(rebooted: boolean, next: Next): Next {
  return rebooted && next.kind === 'EXITED' ? AFTER_REBOOT : next;
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
  return code === null ? `${what}, and its code is not known` : `${what} with code ${code}`;
}

/** The count of restarts in a row begins anew: with a command, a new release, or a run that has proven stable. */
export const NO_RESTARTS: Pick<Lifecycle, 'attempts'> = { attempts: 0 };

/**
 * What a run proves that has been READY for `stableAfter` without a failed check. A worker is stable then. An app with a
 * port is, when the next check passes: until then it is only steady.
 */
export function afterSteadySpan({ run }: Pick<PhaseOf<'READY'>, 'run'>): 'STABLE' | 'STEADY' {
  return run.port === null ? 'STABLE' : 'STEADY';
}

/** A restart that is put off. Times in milliseconds. */
interface PutOff {
  /** 1 for the first restart in a row. */
  readonly attempt: number;
  /** Without the jitter: what the log says. */
  readonly delay: number;
  readonly wait: number;
  /** By the wall clock. */
  readonly dueAt: number;
}

/** The next restart of an app that was restarted so often in a row. @param chance from 0 up to 1, anew for each restart */
export function putOff(
  attempts: number,
  { now, chance, delays }: { now: number; chance: number; delays: Times['restartDelays'] },
): PutOff {
  const attempt = attempts + 1;
  const delay = delays[Math.min(attempt, delays.length) - 1] ?? 0;
  const wait = withJitter(delay, chance);
  return { attempt, delay, wait, dueAt: now + wait };
}

/** The most that is added to a delay, as a part of it: apps that failed together do not all start at once again. */
const JITTER = 0.2;

/** In whole milliseconds. */
function withJitter(delay: number, chance: number): number {
  return Math.round(delay * (1 + JITTER * chance));
}

/**
 * How long a restart that an earlier control plane scheduled is still put off. The wall clock may
 * have jumped meanwhile: never longer than the longest delay there is.
 */
export function remainingDelay(dueAt: number, now: number, delays: Times['restartDelays']): number {
  return Math.min(Math.max(dueAt - now, 0), withJitter(Math.max(...delays, 0), 1));
}
