import { GraphQLError } from 'graphql';
import { builder } from './builder.ts';

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;

builder.scalarType('DateTime', {
  description:
    'A time in the format of RFC 3339. Output is in UTC with milliseconds, for example `2026-03-01T12:00:00.000Z`. Input can have any offset.',
  serialize: (time) => textOf(time),
  parseValue(value) {
    const time = typeof value === 'string' ? parseTime(value) : null;
    if (time === null) {
      throw new GraphQLError(
        `${JSON.stringify(value)} is not a time: write it as RFC 3339, like "2026-03-01T12:00:00.000Z"`,
      );
    }
    return time;
  },
});

let last = { time: 0, text: new Date(0).toISOString() };

/** Lines that were seen together have the same time. */
function textOf(time: number): string {
  if (time !== last.time) last = { time, text: new Date(time).toISOString() };
  return last.text;
}

/** Milliseconds since the epoch, or null if the text is not a valid time. */
function parseTime(text: string): number | null {
  const [, year, month, day] = RFC_3339.exec(text) ?? [];
  const time = Date.parse(text);
  if (!year || !month || !day || Number.isNaN(time)) return null;
  // Date.parse turns 31 February into a day of March.
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) <= daysInMonth ? time : null;
}

builder.scalarType('Cursor', {
  description:
    'An opaque position in a list, a log or the event journal. Compare cursors only for equality. You can keep them as long as you like; send them back unchanged.',
  serialize: (cursor) => cursor,
  parseValue(value) {
    if (typeof value !== 'string')
      throw new GraphQLError(`A cursor is a string that this server gave you; got ${typeof value}`);
    return value;
  },
});
