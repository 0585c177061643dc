/** A signal that is aborted when the first of several signals is. Unlike `AbortSignal.any`, it does not leak memory in Node 20. */
interface Ending {
  readonly signal: AbortSignal;
  /** Removes the listeners from the signals, which can live much longer. */
  release(): void;
}

export function createEnding(signals: readonly (AbortSignal | undefined)[]): Ending {
  const controller = new AbortController();
  const listeners = signals.map((signal) => {
    const listener = (): void => controller.abort(signal?.reason);
    if (signal?.aborted) listener();
    signal?.addEventListener('abort', listener, { once: true });
    return listener;
  });
  return {
    signal: controller.signal,
    release() {
      signals.forEach((signal, at) => {
        const listener = listeners[at];
        if (listener) signal?.removeEventListener('abort', listener);
      });
    },
  };
}

/**
 * An iterator that starts at the first `next()`. Unlike with a plain generator, `return()` also ends it while a `next()` waits.
 * @param run must end soon after its signal is aborted
 */
export function endable<Item>(
  signals: readonly (AbortSignal | undefined)[],
  run: (signal: AbortSignal) => AsyncGenerator<Item, void, undefined>,
): AsyncIterableIterator<Item, void, undefined> {
  const stop = new AbortController();

  async function* all(): AsyncGenerator<Item, void, undefined> {
    const ending = createEnding([...signals, stop.signal]);
    try {
      yield* run(ending.signal);
    } finally {
      ending.release();
    }
  }

  const generator = all();
  return {
    next: () => generator.next(),
    return() {
      stop.abort();
      return generator.return();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Resolves after a time in milliseconds, or when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
