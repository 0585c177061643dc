// Follows events, also across restarts of the control plane. Run it in the root of the repository:
// TOEHOLD_TOKEN=$(cat data/.toehold/token) npx tsx examples/client.ts [URL]
import { setTimeout as pause } from 'node:timers/promises';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { FollowSubscription } from './generated/graphql.ts';
import { graphql } from './generated/index.ts';

const query = print(
  graphql(`
  subscription Follow($after: Cursor) {
    events(after: $after) {
      ... on EventBatch { cursor events { __typename at ... on AppEvent { appName } ... on AppStateChangedEvent { from to } } }
      ... on StreamGap { cursor: resumeAt reason }
      ... on StreamHeartbeat { cursor }
    }
  }
`),
);

const url = new URL('/graphql', process.argv[2] ?? 'http://127.0.0.1:3000').href.replace('http', 'ws');
// No retries by graphql-ws: they would start at the first cursor again and repeat every event.
const connectionParams = { authorization: `Bearer ${process.env.TOEHOLD_TOKEN}` };
const client = createClient({ url, connectionParams, webSocketImpl: WebSocket, retryAttempts: 0 });
let after: string | undefined;

for (;;) {
  try {
    const payloads = client.iterate<FollowSubscription>({ query, variables: { after } });
    for await (const { data, errors } of payloads) {
      if (!data) throw errors?.[0];
      after = data.events.cursor;
      if ('reason' in data.events) console.log(`Events are lost: ${data.events.reason}`);
      for (const event of 'events' in data.events ? data.events.events : []) {
        const change = 'from' in event ? `${event.from} → ${event.to}` : event.__typename;
        console.log(event.at, 'appName' in event ? event.appName : 'control plane', change);
      }
    }
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 4403) throw new Error('the token in TOEHOLD_TOKEN is not valid');
    console.error('The control plane is away; trying again in a second');
    await pause(1_000);
  }
}
