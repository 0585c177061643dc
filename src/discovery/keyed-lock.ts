/** Lets one at a time work on a name; works on different names do not wait for one another. */
export interface KeyedLock {
  /** Runs the work when nobody else works on any of these names, in the order of the calls. */
  run<T>(names: readonly string[], work: () => Promise<T>): Promise<T>;
}

export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(names, work) {
      // All of them are queued for in one go: two that need each other's names cannot wait for ever.
      const result = Promise.all(names.map((name) => tails.get(name))).then(work);
      const tail = result.catch(() => {});
      for (const name of names) tails.set(name, tail);
      void tail.then(() => {
        for (const name of names) if (tails.get(name) === tail) tails.delete(name);
      });
      return result;
    },
  };
}
