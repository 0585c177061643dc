import { builder } from '../../builder.ts';
import { EventBatch } from './event-batch.ts';
import { StreamGap } from './stream-gap.ts';
import { StreamHeartbeat } from './stream-heartbeat.ts';

export const EventStreamPayload = builder.unionType('EventStreamPayload', {
  description: 'What a stream of events brings.',
  types: [EventBatch, StreamGap, StreamHeartbeat],
  resolveType: (payload) => payload.type,
});
