import { builder } from '../builder.ts';
import './events.ts';
import './logs.ts';

builder.subscriptionType({
  description:
    'Streams, over WebSocket (graphql-transport-ws) or Server-Sent Events. Each payload tells the cursor to go on from; a slow reader misses nothing.',
});
