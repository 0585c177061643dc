import { builder } from '../builder.ts';
import { App, LogEntry, Run } from '../refs.ts';

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

export const LogStream = builder.enumType('LogStream', {
  description: 'Who wrote a line, and where to.',
  values: {
    STDOUT: { description: 'The app, to its standard output.' },
    STDERR: { description: 'The app, to its standard error.' },
    SUPERVISOR: { description: 'The supervisor, about the run.' },
  },
});

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

export const LogEntryConnection = builder.connectionObject(
  { type: LogEntry, name: 'LogEntryConnection', description: 'A page of lines, oldest first.' },
  { name: 'LogEntryEdge', description: 'A line in a page, with its cursor.' },
);
