import type { EndCause, PhaseOf } from './lifecycle.ts';
import type { ExitReason, ProcessExit } from './run.ts';

/** The ends that were asked for, by a command or by a change of files. */
const ASKED: ReadonlySet<EndCause> = new Set(['COMMAND', 'MANIFEST', 'RELEASE', 'GONE', 'SHUTDOWN']);

export function wasAsked(why: EndCause): boolean {
  return ASKED.has(why);
}

/** The exit of a run that was being ended, from what the driver learned of its script. */
export function exitOf(
  ending: PhaseOf<'ENDING'>,
  code: number | null,
  signal: string | null,
  at: number,
): ProcessExit {
  return {
    code,
    signal: signal ?? (code === null && ending.killed ? 'SIGKILL' : null),
    reason: reasonFor(ending),
    at,
  };
}

function reasonFor(ending: PhaseOf<'ENDING'>): ExitReason {
  switch (ending.why) {
    case 'UNHEALTHY':
    case 'STARTUP_TIMEOUT':
    case 'EXITED':
      return ending.why;
    case 'INSTALL_TIMEOUT':
      return 'INSTALL_FAILED';
    default:
      return ending.killed ? 'KILLED' : 'STOPPED';
  }
}

/** The supervisor's line for an exit (docs/behavior.md A14). */
export function exitLine(exit: ProcessExit): string {
  if (exit.code === 0 || (exit.reason === 'STOPPED' && exit.code !== null)) return 'Stopped';
  return exit.code === null ? 'Killed, status unknown' : `Exited with code ${exit.code}`;
}
