/** Gathers what is to be looked at into turns of the loop: each turn looks at a share and then ends, once. */
export interface Turns<T> {
  /** Looks at it soon. */
  wake(what: T): void;
  /** A turn comes soon, also where there is nothing to look at. */
  schedule(): void;
  forget(what: T): void;
  close(): void;
}

/** With a thousand apps printing at once no turn takes more than some milliseconds. */
const SHARE = 64;

export function createTurns<T>(look: (what: T) => void, end: () => void): Turns<T> {
  const dirty = new Set<T>();
  let scheduled: NodeJS.Immediate | null = null;

  function turn(): void {
    scheduled = null;
    // What is woken meanwhile has its turn in the next one.
    for (const what of [...dirty].slice(0, SHARE)) {
      if (dirty.delete(what)) look(what);
    }
    end();
    if (dirty.size > 0) schedule();
  }

  function schedule(): void {
    scheduled ??= setImmediate(turn);
  }

  return {
    wake(what) {
      dirty.add(what);
      schedule();
    },
    schedule,
    forget: (what) => void dirty.delete(what),
    close() {
      dirty.clear();
      if (scheduled) clearImmediate(scheduled);
      scheduled = null;
    },
  };
}
