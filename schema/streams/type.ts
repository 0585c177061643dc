import type { AppId } from '../../src/core/app.ts';
import { builder } from '../builder.ts';
import { App } from '../refs.ts';

/** Why entries between two cursors cannot be delivered. */
export type GapReason = 'RETENTION' | 'JOURNAL_RESET' | 'TRUNCATED_BY_APP';

/** The payloads that both streams have. `type` distinguishes payloads; cursors are in the form of clients. */
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
  description: 'Why part of a stream can no longer be delivered.',
  values: {
    RETENTION: { description: 'Retention removed it.' },
    JOURNAL_RESET: {
      description:
        'The cursor belongs to a journal that no longer exists: the database was replaced, or a power failure lost its last rows.',
    },
    TRUNCATED_BY_APP: { description: 'The app truncated its own output.' },
  },
});

export const StreamGap = builder.objectRef<StreamGap>('StreamGap').implement({
  description:
    'Everything between the two cursors is permanently lost. A stream never skips anything without a gap.',
  fields: (t) => ({
    lostAfter: t.expose('lostAfter', {
      type: 'Cursor',
      description: 'Everything after this cursor is lost, up to `resumeAt`.',
    }),
    resumeAt: t.expose('resumeAt', {
      type: 'Cursor',
      description: 'The stream continues after this cursor.',
    }),
    reason: t.expose('reason', { type: GapReason, description: 'Why it is lost.' }),
    app: t.field({
      type: App,
      nullable: true,
      description: 'The app that lost it, if it was one app. Null otherwise.',
      resolve: ({ app }, _args, { supervisor }) => (app === null ? null : supervisor.appById(app)),
    }),
  }),
});

export const StreamHeartbeat = builder.objectRef<StreamHeartbeat>('StreamHeartbeat').implement({
  description:
    'Sent first if there is nothing to deliver, and then after every 15 seconds without another payload.',
  fields: (t) => ({
    cursor: t.expose('cursor', {
      type: 'Cursor',
      description: 'The position to continue from. It moves past entries that this stream does not include.',
    }),
  }),
});
