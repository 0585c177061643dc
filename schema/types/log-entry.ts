import { builder } from '../builder.ts';
import { App, LogEntry, Run } from '../refs.ts';
import { LogStream } from './log-stream.ts';

builder.objectType(LogEntry, {
  description: 'One line that an app or the supervisor wrote.',
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description:
        'Where it lies. Unique for ever: the same line has the same cursor in a query and in a subscription.',
      resolve: ({ record }, _args, context) => context.cursors.log(record.position),
    }),
    app: t.expose('app', { type: App, description: 'The app that it is of.' }),
    run: t.expose('run', { type: Run, description: 'The run that it is of.' }),
    stream: t.field({
      type: LogStream,
      description: 'Who wrote it, and where to.',
      resolve: ({ record }) => record.stream,
    }),
    at: t.field({ type: 'DateTime', description: 'When it was seen.', resolve: ({ record }) => record.at }),
    text: t.string({
      description: 'Its text without the line end: UTF-8, a bad byte as U+FFFD, ANSI sequences kept.',
      resolve: ({ record }) => record.text,
    }),
    truncated: t.boolean({
      description: 'True where the line was longer than the limit (16 KiB) and was cut there.',
      resolve: ({ record }) => record.truncated,
    }),
  }),
});
