import type { AppId } from '../../src/core/app.ts';
import { builder } from '../builder.ts';
import { App } from '../refs.ts';

/** Why what lies between two cursors cannot be delivered. */
export type GapReason = 'RETENTION' | 'JOURNAL_RESET' | 'TRUNCATED_BY_APP';

/** Two payloads that both streams have. The `type` tells payloads apart; cursors are as the client gets them. */
export interface StreamGap {
  readonly type: 'StreamGap';
  readonly lostAfter: string;
  readonly resumeAt: string;
  readonly reason: GapReason;
  readonly app: AppId | null;
}

export interface StreamHeartbeat {
  readonly type: 'StreamHeartbeat';
  readonly cursor: string;
}

const GapReason = builder.enumType('GapReason', {
  description: 'Why something cannot be delivered any more.',
  values: {
    RETENTION: { description: 'It was older than what is kept.' },
    JOURNAL_RESET: {
      description:
        'The cursor is of a journal that is gone: the database is another one, or a power cut ate its last rows.',
    },
    TRUNCATED_BY_APP: { description: 'The app itself truncated its output.' },
  },
});

export const StreamGap = builder.objectRef<StreamGap>('StreamGap').implement({
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

export const StreamHeartbeat = builder.objectRef<StreamHeartbeat>('StreamHeartbeat').implement({
  description: 'The first payload when there is nothing to deliver, and then every 15 s of silence.',
  fields: (t) => ({
    cursor: t.expose('cursor', {
      type: 'Cursor',
      description: 'Where to go on from: it moves past what was not for this stream.',
    }),
  }),
});
