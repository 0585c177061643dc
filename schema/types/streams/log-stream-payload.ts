import { builder } from '../../builder.ts';
import { LogBatch } from './log-batch.ts';
import { StreamGap } from './stream-gap.ts';
import { StreamHeartbeat } from './stream-heartbeat.ts';

export const LogStreamPayload = builder.unionType('LogStreamPayload', {
  description: 'What a stream of lines brings.',
  types: [LogBatch, StreamGap, StreamHeartbeat],
  resolveType: (payload) => payload.type,
});
