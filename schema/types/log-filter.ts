import { builder } from '../builder.ts';
import { LogStream } from './log-stream.ts';

export const LogFilter = builder.inputType('LogFilter', {
  description: 'Which lines are wanted: those that all the given conditions hold for.',
  fields: (t) => ({
    streams: t.field({ type: [LogStream], description: 'Only lines of these streams. Left out: of all.' }),
    contains: t.string({
      description: 'Only lines with this text in them. Case-sensitive. At most 250 bytes in UTF-8.',
    }),
    since: t.field({ type: 'DateTime', description: 'Only lines of this time and later.' }),
    until: t.field({ type: 'DateTime', description: 'Only lines of this time and earlier.' }),
  }),
});
