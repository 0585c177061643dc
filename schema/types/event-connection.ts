import { builder } from '../builder.ts';
import { Event } from '../refs.ts';

export const EventConnection = builder.connectionObject(
  { type: Event, name: 'EventConnection', description: 'A page of the event journal, oldest first.' },
  { name: 'EventEdge', description: 'An event in a page, with its cursor.' },
);
