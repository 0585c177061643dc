import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { ask, bearerOf } from '../support/serve.ts';

/** One line as a client gets it. */
export interface HeardLine {
  readonly cursor: string;
  readonly text: string;
  readonly stream: string;
  readonly run: number;
}

/**
 * A client that was there before each kill and goes on after it, behind the last cursor that it was
 * given: the lines of all apps, and the events.
 */
export interface Listener {
  /** All events, by their cursors. */
  readonly events: string[];
  /** What came that should not have. */
  readonly faults: string[];
  /** Reads what there is already, so that it listens behind that: a stream would begin with the newest lines. */
  readUp(url: string): Promise<void>;
  /** Listens until the server is gone, or it is told to end. */
  listen(url: string): () => Promise<void>;
}

interface Entry {
  readonly cursor: string;
  readonly text: string;
  readonly stream: string;
  readonly run: { readonly id: string };
}

interface Payload {
  readonly __typename: string;
  readonly cursor?: string;
  readonly reason?: string;
  readonly resumeAt?: string;
  readonly entries?: readonly Entry[];
  readonly events?: readonly { cursor: string }[];
}

const REST = '... on StreamGap { reason resumeAt } ... on StreamHeartbeat { cursor }';
const LOGS = `subscription ($after: Cursor) { stream: logs(after: $after, last: 1000) {
  __typename ... on LogBatch { cursor entries { cursor text stream run { id } } } ${REST}
} }`;
const EVENTS = `subscription ($after: Cursor) { stream: events(after: $after) {
  __typename ... on EventBatch { cursor events { cursor } } ${REST}
} }`;

const PAGE = `query ($after: Cursor) {
  logs(first: 1000, after: $after) { nodes { cursor text stream run { id } } pageInfo { hasNextPage } }
}`;

/** @param heard takes each line, in the order in which they come. */
export function createListener(heard: (line: HeardLine) => void): Listener {
  const events: string[] = [];
  const faults: string[] = [];
  const cursors: { logs: string | null; events: string | null } = { logs: null, events: null };

  function hear({ run, ...entry }: Entry): void {
    heard({ ...entry, run: Number(atob(run.id).slice(4)) });
  }

  function take(kind: 'logs' | 'events', payload: Payload): void {
    if (payload.__typename === 'StreamGap') faults.push(`a gap in ${kind}: ${payload.reason}`);
    for (const { cursor } of payload.events ?? []) events.push(cursor);
    for (const entry of payload.entries ?? []) hear(entry);
    cursors[kind] = payload.cursor ?? payload.resumeAt ?? cursors[kind];
  }

  return {
    events,
    faults,
    async readUp(url) {
      // At least one line: without a cursor, a stream begins with the newest ones.
      for (let more = true; more || cursors.logs === null; ) {
        const { data } = await ask<{ logs: { nodes: Entry[]; pageInfo: { hasNextPage: boolean } } }>(
          url,
          PAGE,
          {
            after: cursors.logs,
          },
        );
        for (const entry of data.logs.nodes) hear(entry);
        cursors.logs = data.logs.nodes.at(-1)?.cursor ?? cursors.logs;
        more = data.logs.pageInfo.hasNextPage;
      }
    },
    listen(url) {
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: bearerOf(url),
        retryAttempts: 0,
      });
      const follow = async (kind: 'logs' | 'events', query: string): Promise<void> => {
        try {
          const variables = { after: cursors[kind] };
          for await (const { data, errors } of client.iterate<{ stream: Payload }>({ query, variables })) {
            if (errors || !data) faults.push(`${kind}: ${JSON.stringify(errors)}`);
            else take(kind, data.stream);
          }
        } catch {
          // The server is gone; the next one goes on.
        }
      };
      const followed = Promise.all([follow('logs', LOGS), follow('events', EVENTS)]);
      return async () => {
        await client.dispose();
        await followed;
      };
    },
  };
}
