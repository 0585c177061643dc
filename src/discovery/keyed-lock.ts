/** Lets one caller at a time work on a name. Works on different names do not wait for one another. */
export class KeyedLock {
  private readonly tails = new Map<string, Promise<unknown>>();

  /** Runs the work when no earlier work on any of these names is left. */
  run<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    // It queues for all names at once, so that two works that need each other's names cannot wait for ever.
    const result = Promise.all(names.map((name) => this.tails.get(name))).then(work);
    const tail = result.catch(() => {});
    for (const name of names) this.tails.set(name, tail);
    void tail.then(() => {
      for (const name of names) if (this.tails.get(name) === tail) this.tails.delete(name);
    });
    return result;
  }
}
