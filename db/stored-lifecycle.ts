import { type Lifecycle, liveRun, type Phase } from '../src/core/lifecycle.ts';
import type { Run, RunId } from '../src/core/run.ts';

/** A lifecycle as it is stored: the run that goes on is in a table of its own, and the phase has its number. */
export type StoredLifecycle = Omit<Lifecycle, 'phase'> & { readonly phase: StoredPhase };

type StoredPhase = Phase extends infer P
  ? P extends { readonly run: Run }
    ? Omit<P, 'run'> & { readonly run: Pick<Run, 'id'> }
    : P
  : never;

export function toStored(lifecycle: Lifecycle): StoredLifecycle {
  const run = liveRun(lifecycle.phase);
  if (!run) return lifecycle as StoredLifecycle;
  return { ...lifecycle, phase: { ...lifecycle.phase, run: { id: run.id } } as StoredPhase };
}

/** An app whose run is not in the table (someone removed it by hand) has no run: it starts again, if it is wanted. */
export function fromStored(stored: StoredLifecycle, runOf: (run: RunId) => Run | null): Lifecycle {
  // `liveRun` looks at the phase, and not at what is in the run.
  const named = liveRun(stored.phase as Phase);
  if (!named) return stored as Lifecycle;
  const run = runOf(named.id);
  const phase = run ? ({ ...stored.phase, run } as Phase) : ({ kind: 'STOPPED', needsPort: false } as const);
  return { ...stored, phase };
}
