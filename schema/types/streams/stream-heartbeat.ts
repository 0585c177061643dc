import { builder } from '../../builder.ts';
import type { StreamHeartbeat as Payload } from '../../streams/payloads.ts';

export const StreamHeartbeat = builder.objectRef<Payload>('StreamHeartbeat').implement({
  description: 'The first payload when there is nothing to deliver, and then every 15 s of silence.',
  fields: (t) => ({
    cursor: t.expose('cursor', {
      type: 'Cursor',
      description: 'Where to go on from: it moves past what was not for this stream.',
    }),
  }),
});
