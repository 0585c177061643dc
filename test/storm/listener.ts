import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

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
  /** Listens until the server is gone, or it is told to end. */
  listen(url: string): () => Promise<void>;
}

interface Payload {
  readonly __typename: string;
  readonly cursor?: string;
  readonly reason?: string;
  readonly resumeAt?: string;
  readonly entries?: readonly { cursor: string; text: string; stream: string; run: { id: string } }[];
  readonly events?: readonly { cursor: string }[];
}

const REST = '... on StreamGap { reason resumeAt } ... on StreamHeartbeat { cursor }';
const LOGS = `subscription ($after: Cursor) { stream: logs(after: $after, last: 1000) {
  __typename ... on LogBatch { cursor entries { cursor text stream run { id } } } ${REST}
} }`;
const EVENTS = `subscription ($after: Cursor) { stream: events(after: $after) {
  __typename ... on EventBatch { cursor events { cursor } } ${REST}
} }`;

/** @param heard takes each line, in the order in which they come. */
export function createListener(heard: (line: HeardLine) => void): Listener {
  const events: string[] = [];
  const faults: string[] = [];
  const cursors: { logs: string | null; events: string | null } = { logs: null, events: null };

  function take(kind: 'logs' | 'events', payload: Payload): void {
    if (payload.__typename === 'StreamGap') faults.push(`a gap in ${kind}: ${payload.reason}`);
    for (const { cursor } of payload.events ?? []) events.push(cursor);
    for (const { run, ...entry } of payload.entries ?? [])
      heard({ ...entry, run: Number(atob(run.id).slice(4)) });
    cursors[kind] = payload.cursor ?? payload.resumeAt ?? cursors[kind];
  }

  return {
    events,
    faults,
    listen(url) {
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
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
