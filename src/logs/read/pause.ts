import { setImmediate as nextTurn } from 'node:timers/promises';
import { CHUNK } from '../format.ts';
import type { Windows } from './windows.ts';

const MARKS_A_TURN = 512;

/** Says when a long answer is to let the loop turn: after each 64 KiB read, or so many marks. */
export interface Pauses {
  /** Call it after each step. */
  step(): Promise<void> | undefined;
}

export function createPauses(windows: Windows): Pauses {
  let read = 0;
  let steps = 0;
  return {
    step() {
      if (windows.read - read < CHUNK && ++steps < MARKS_A_TURN) return undefined;
      read = windows.read;
      steps = 0;
      return nextTurn();
    },
  };
}
