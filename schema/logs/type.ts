import { builder } from '../builder.ts';
import { App, LogEntry, Run } from '../refs.ts';

builder.objectType(LogEntry, {
  description: 'One line that an app or the supervisor wrote.',
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description:
        'The position of the line. It is unique and never changes: a line has the same cursor in queries and in subscriptions.',
      resolve: ({ record }, _args, context) => context.cursors.log(record.position),
    }),
    app: t.expose('app', { type: App, description: 'The app that the line belongs to.' }),
    run: t.expose('run', { type: Run, description: 'The run that the line belongs to.' }),
    stream: t.field({
      type: LogStream,
      description: 'Who wrote the line, and to which stream.',
      resolve: ({ record }) => record.stream,
    }),
    at: t.field({
      type: 'DateTime',
      description: 'When the control plane saw the line.',
      resolve: ({ record }) => record.at,
    }),
    text: t.string({
      description:
        'The text without its line end, as UTF-8. Invalid bytes are replaced by U+FFFD; ANSI sequences are kept.',
      resolve: ({ record }) => record.text,
    }),
    truncated: t.boolean({
      description: 'True if the line was longer than 16 KiB and was cut off there.',
      resolve: ({ record }) => record.truncated,
    }),
  }),
});

const LogStream = builder.enumType('LogStream', {
  description: 'Who wrote a line, and to which stream.',
  values: {
    STDOUT: { description: 'The app wrote it to standard output.' },
    STDERR: { description: 'The app wrote it to standard error.' },
    SUPERVISOR: { description: 'The supervisor wrote it about the run.' },
  },
});

export const LogFilter = builder.inputType('LogFilter', {
  description: 'Selects the lines that meet all the given conditions.',
  fields: (t) => ({
    streams: t.field({
      type: [LogStream],
      description: 'Only lines of these streams. If left out, lines of all streams.',
    }),
    contains: t.string({
      description: 'Only lines that contain this text. Case-sensitive; at most 250 bytes in UTF-8.',
    }),
    since: t.field({ type: 'DateTime', description: 'Only lines seen at this time or later.' }),
    until: t.field({ type: 'DateTime', description: 'Only lines seen at this time or earlier.' }),
  }),
});

export const LogEntryConnection = builder.connectionObject(
  { type: LogEntry, name: 'LogEntryConnection', description: 'A page of log lines, oldest first.' },
  { name: 'LogEntryEdge', description: 'A line in a page, with its cursor.' },
);
