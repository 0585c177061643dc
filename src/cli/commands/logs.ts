import type { Gap, LogFilter, LogLine, ToeholdClient } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { wrongUse } from '../failure.ts';
import { following, type Session } from '../servers/session.ts';
import { jsonText } from '../terminal/sink.ts';
import { type AppLabels, appLabels } from './app-labels.ts';
import { resolveApps } from './app-refs.ts';
import { gapJson, gapText } from './describe.ts';
import { type Line, lineFormat, lineText } from './lines.ts';
import { type LogRange, pagesOfLog } from './log-pages.ts';
import { countOf } from './options.ts';

/** The options of `toehold logs`, as commander reads them. */
interface LogOptions {
  readonly follow?: boolean;
  readonly lines?: number;
  readonly since?: string;
  readonly until?: string;
  readonly grep?: string;
  readonly stream?: readonly string[];
  readonly err?: boolean;
  readonly timestamps?: boolean;
  readonly plain?: boolean;
}

const DEFAULT_LINES = 100;

/** `toehold logs [app…]` */
export async function logs({ session, arguments: [named], options }: Call): Promise<void> {
  const want: LogOptions = options;
  if (want.follow && want.until !== undefined)
    throw wrongUse('--until sets an end and --follow has none: give only one of them');
  const apps = await resolveApps(session, named);
  const count = countOf(want.lines, want.since === undefined ? DEFAULT_LINES : null);
  const range: LogRange = { apps, filter: filterOf(want), count };
  const names = apps?.length === 1 || session.json ? null : await appLabels(session.client, apps);
  const print = printer(session, { names, times: want.timestamps === true, plain: want.plain === true });
  let cursor: string | null = null;
  for await (const page of pagesOfLog(session.client, range)) {
    print(page.lines);
    cursor = page.cursor;
    // Following reads the other pages.
    if (want.follow && count === null) break;
  }
  if (want.follow) await follow(session, range, cursor, print);
}

async function follow(
  session: Session,
  { apps, filter }: LogRange,
  after: string | null,
  print: (lines: readonly Line[]) => void,
): Promise<void> {
  const { out, json } = session;
  // Without a cursor the log was empty, so the last lines are all lines.
  const open = (client: ToeholdClient, cursor: string | null) =>
    client.follow.logs({
      status: true,
      filter,
      ...(apps && { apps }),
      ...(cursor ? { after: cursor } : { last: 1_000 }),
    });
  for await (const item of following<LogLine | Gap>({ session, after, open })) {
    if (item.kind === 'line') print([item]);
    else if (json) out.printJson(gapJson(item), 'one of many');
    else out.note(`toehold: ${gapText(item)}`);
  }
}

function filterOf({ since, until, grep, stream, err }: LogOptions): LogFilter {
  const chosen = err ? [...(stream ?? []), 'stderr'] : stream;
  const streams = chosen?.map((name) => name.toUpperCase()) as LogFilter['streams'];
  return {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(grep !== undefined && { contains: grep }),
    ...(streams && { streams }),
  };
}

function printer(
  { out, json }: Session,
  want: { readonly names: AppLabels | null; readonly times: boolean; readonly plain: boolean },
) {
  const format = lineFormat(out, want);
  return (lines: readonly Line[]): void => {
    if (lines.length === 0) return;
    const text = lines.map((line) => `${json ? jsonText(lineJson(line)) : lineText(line, format)}\n`);
    // Without --plain, a pipe gets the app's text as it is in the log.
    if (out.terminal || want.plain) out.write(text.join(''));
    else out.writeRaw(text.join(''));
  };
}

function lineJson({ cursor, at, stream, text, truncated, app, run }: Line): object {
  return { cursor, at, stream, text, truncated, app: { id: app.id, name: app.name }, run: { id: run.id } };
}
