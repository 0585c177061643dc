import { builder } from '../../builder.ts';
import { App } from '../../refs.ts';
import type { StreamGap as Payload } from '../../streams/payloads.ts';
import { GapReason } from './gap-reason.ts';

export const StreamGap = builder.objectRef<Payload>('StreamGap').implement({
  description: 'What was between the two cursors is gone for good. It is never left out silently.',
  fields: (t) => ({
    lostAfter: t.expose('lostAfter', { type: 'Cursor', description: 'What came after this is gone.' }),
    resumeAt: t.expose('resumeAt', { type: 'Cursor', description: 'The stream goes on after this.' }),
    reason: t.expose('reason', { type: GapReason, description: 'Why it is gone.' }),
    app: t.field({
      type: App,
      nullable: true,
      description: 'Whose it was, where it is one app’s.',
      resolve: ({ app }, _args, { supervisor }) => (app === null ? null : supervisor.appById(app)),
    }),
  }),
});
