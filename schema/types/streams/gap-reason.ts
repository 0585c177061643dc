import { builder } from '../../builder.ts';

export const GapReason = builder.enumType('GapReason', {
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
