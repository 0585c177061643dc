import type { CliLineFragment } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';
import { forTerminal } from '../terminal/escape.ts';
import { localTime } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { isPainted, ownEscapes } from '../terminal/sink.ts';
import type { Paint } from '../terminal/style.ts';
import type { AppLabels } from './app-labels.ts';

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
  /** The app's name before the line; null: none. */
  readonly names: AppLabels | null;
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
  const time = format.times ? `${paint('dim', localTime(at))} ` : '';
  const name = format.names ? `${format.names.text(app, format)}${paint('dim', ' | ')}` : '';
  return `${time}${name}${byStream(stream, safe, paint)}`;
}

function byStream(stream: Line['stream'], text: string, paint: Paint): string {
  if (stream === 'SUPERVISOR') return paint('dim', `🐾 ${text}`);
  // The app's own colors would end ours.
  return stream === 'STDERR' && !text.includes('\x1b') && !isPainted(text) ? paint('red', text) : text;
}
