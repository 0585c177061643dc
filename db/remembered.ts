import type { WriteScope } from './transactions.ts';

/** A value that the tables tell, read once and then kept in step by whoever writes. */
export interface Remembered<T> {
  get(): T;
  set(value: T): void;
}

/** After a rollback it is read afresh, when it is asked for. */
export function remember<T>(db: WriteScope, read: () => T): Remembered<T> {
  let held: { readonly value: T } | null = null;
  db.onRollback(() => {
    held = null;
  });
  return {
    get: () => {
      held ??= { value: read() };
      return held.value;
    },
    set: (value) => {
      held = { value };
    },
  };
}
