import { constants } from 'node:os';

/** How a process ended, as a shell says it. Both null: it left no status. */
export interface ExitStatus {
  /** 128+n for signal n. */
  readonly code: number | null;
  readonly signal: string | null;
}

export const UNKNOWN_STATUS: ExitStatus = { code: null, signal: null };

const NAMES = new Map<number, string>();
// SIGABRT and SIGIOT, SIGIO and SIGPOLL share a number: the first is the usual name.
for (const [name, number] of Object.entries(constants.signals))
  if (!NAMES.has(number)) NAMES.set(number, name);

/** A shell's `$?`. */
export function fromShell(code: number): ExitStatus {
  return { code, signal: code > 128 ? (NAMES.get(code - 128) ?? null) : null };
}

/** What a child's `exit` event has. */
export function fromChild(code: number | null, signal: NodeJS.Signals | null): ExitStatus {
  if (signal !== null) return { code: 128 + constants.signals[signal], signal };
  return code === null ? UNKNOWN_STATUS : fromShell(code);
}
