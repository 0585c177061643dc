import { compileApp } from './apps.ts';
import type { Row } from './rows.ts';

/** What every benchmark gets. */
export interface Bench {
  /** A temporary directory. */
  readonly directory: string;
  /** The compiled app (app.c). */
  readonly app: string;
  /** A short form of the most telling rows. */
  readonly quick: boolean;
  /** How many rounds each measurement has. */
  readonly rounds: number;
  say(progress: string): void;
}

export type Benchmark = (bench: Bench) => Promise<readonly Row[]>;

export function makeBench(directory: string, quick: boolean): Bench {
  return {
    directory,
    app: compileApp(directory),
    quick,
    rounds: quick ? 3 : 5,
    say: (progress) => console.error(progress),
  };
}
