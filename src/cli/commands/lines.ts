import type { CliLineFragment } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';
import { forTerminal, plain } from '../terminal/escape.ts';
import { localTime } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { isPainted, ownEscapes } from '../terminal/sink.ts';
import { type Paint, styleOf } from '../terminal/style.ts';

export type Line = CliLineFragment;

graphql(`
  fragment CliLine on LogEntry {
    cursor
    at
    stream
    text
    truncated
    app { id name }
    run { id }
  }
`);

interface LineFormat {
  readonly terminal: boolean;
  /** Text without colors and control characters, also in a pipe. */
  readonly plain?: boolean;
  readonly colors: boolean;
  readonly paint: Paint;
  /** Print the app's name before the line. */
  readonly names: boolean;
  /** Print the time before the line. */
  readonly times: boolean;
}

export function lineFormat(out: Output, want: Pick<LineFormat, 'names' | 'times' | 'plain'>): LineFormat {
  return { terminal: out.terminal, colors: out.colors, paint: out.paint, ...want };
}

/**
 * Formats a line of a log. A pipe gets the app's text as it is in the log, byte for byte if it was UTF-8. A terminal gets the text and its
 * colors, but no other control characters.
 */
export function lineText({ at, stream, text, app }: Line, format: LineFormat): string {
  const { paint } = format;
  const safe =
    format.plain || format.terminal ? ownEscapes(forTerminal(text, format.colors && !format.plain)) : text;
  const time = format.times ? `${paint('dim', format.terminal ? localTime(at) : at)} ` : '';
  const name = format.names ? `${paint(styleOf(app.id), plain(app.name))}${paint('dim', ' | ')}` : '';
  return `${time}${name}${byStream(stream, safe, paint)}`;
}

function byStream(stream: Line['stream'], text: string, paint: Paint): string {
  if (stream === 'SUPERVISOR') return paint('dim', `🐾 ${text}`);
  // The app's own colors would end ours.
  return stream === 'STDERR' && !text.includes('\x1b') && !isPainted(text) ? paint('red', text) : text;
}
