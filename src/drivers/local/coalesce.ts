/**
 * One run of `work` serves all who ask before it begins; who asks while it runs gets the next one, so
 * that no answer is older than its question. It begins in the next turn of the loop at the earliest.
 * @param pauseMs how long to wait after a run that took so many milliseconds.
 */
export function coalesce<T>(work: () => Promise<T>, pauseMs: (tookMs: number) => number): () => Promise<T> {
  let running = false;
  let next: Promise<T> | null = null;
  let begin: (() => void) | null = null;
  let notBefore = 0;

  function schedule(): void {
    const wait = notBefore - performance.now();
    if (wait > 1) setTimeout(() => begin?.(), wait).unref();
    else setImmediate(() => begin?.());
  }

  function queue(): Promise<T> {
    const promise = new Promise<T>((resolve, reject) => {
      begin = () => {
        begin = null;
        next = null;
        running = true;
        const started = performance.now();
        work()
          .then(resolve, reject)
          .finally(() => {
            running = false;
            notBefore = performance.now() + pauseMs(performance.now() - started);
            if (begin) schedule();
          });
      };
    });
    if (!running) schedule();
    return promise;
  }

  return () => {
    next ??= queue();
    return next;
  };
}

const RETRY_MS = 250;

/**
 * Repeats a look until it succeeds. If the control plane is out of file descriptors, no look succeeds: that means neither
 * that no process is there, nor that the caller's work failed.
 */
export async function persistently<T>(look: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await look();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref());
    }
  }
}
