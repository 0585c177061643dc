import { builder } from '../../builder.ts';
import { LogEntry } from '../../refs.ts';
import { listWeight } from '../../relay.ts';
import type { LogBatch as Payload } from '../../streams/payloads.ts';

export const LogBatch = builder.objectRef<Payload>('LogBatch').implement({
  description: 'Lines, in order.',
  fields: (t) => ({
    cursor: t.expose('cursor', { type: 'Cursor', description: 'Where to go on from after this batch.' }),
    live: t.exposeBoolean('live', { description: 'Turns true once the backlog is delivered, and stays so.' }),
    entries: t.field({
      type: [LogEntry],
      description: 'The lines.',
      complexity: listWeight(1_000),
      resolve: ({ entries }) => [...entries],
    }),
    lines: t.stringList({
      description: 'The texts of `entries`, in order: several times cheaper where a client only prints.',
      resolve: ({ entries }) => entries.map(({ record }) => record.text),
    }),
  }),
});
