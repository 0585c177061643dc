import { builder } from '../builder.ts';
import { LogEntry } from '../refs.ts';

export const LogEntryConnection = builder.connectionObject(
  { type: LogEntry, name: 'LogEntryConnection', description: 'A page of lines, oldest first.' },
  { name: 'LogEntryEdge', description: 'A line in a page, with its cursor.' },
);
