import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import type { Client } from 'graphql-ws';

/** A subscription over WebSocket that a test reads payload by payload. */
export interface Stream<T> {
  /** The next payload. @throws Error where the stream has ended, or answered with errors. */
  next(): Promise<T>;
  /** The first payload from here on that fits. */
  find(fits: (payload: T) => boolean): Promise<T>;
  end(): Promise<void>;
}

/** Subscribes; the first field of the operation is what the payloads are read from. */
export function subscribe<D extends object>(
  client: Client,
  document: TypedDocumentNode<D, never>,
  variables: Record<string, unknown> = {},
): Stream<D[keyof D]> {
  const results = client.iterate<D>({ query: print(document), variables });

  async function next(): Promise<D[keyof D]> {
    const { value, done } = await results.next();
    if (done) throw new Error('The stream has ended');
    if (value.errors || !value.data) throw new Error(JSON.stringify(value.errors));
    const [payload] = Object.values(value.data);
    return payload;
  }

  return {
    next,
    async find(fits) {
      for (;;) {
        const payload = await next();
        if (fits(payload)) return payload;
      }
    },
    async end() {
      await results.return?.();
    },
  };
}
