import { CommandFailure } from './failure.ts';

// A signal ends a command at once. A command that must not leave half of its work defers signals, and looks for one between its steps.

/** The exit code after a signal, as shells report it. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type Signal = keyof typeof CODES;

let deferred = false;
let caught: Signal | null = null;

/** Sets what a signal does to this process. Call it once. */
export function endOnSignals(): void {
  for (const signal of Object.keys(CODES) as Signal[])
    process.on(signal, () => {
      // A person who asks a second time does not want to wait for a step that hangs.
      if (!deferred || caught !== null) process.exit(CODES[signal]);
      caught ??= signal;
    });
}

/**
 * From now on the first signal ends the command only where it calls `stopIfSignaled`. After the last such place the
 * command finishes. A second signal ends it at once.
 */
export function deferSignals(): void {
  deferred = true;
}

/**
 * Ends the command if a signal came. The caller removes what it made.
 * @param done what was done so far: a sentence without its end
 * @throws CommandFailure
 */
export async function stopIfSignaled(done: string): Promise<void> {
  // A signal that came during synchronous work reaches its handler in the next turn of the event loop.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  if (caught !== null) throw new CommandFailure(CODES[caught], `ended by ${caught}. ${done}`);
}
