import { refused } from '../failure.ts';
import type { CliLineFragment, CliProgressQuery, ExitReason } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';
import { pause } from '../pause.ts';
import type { Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';
import { startSpinner } from '../terminal/spinner.ts';
import { noSuchApp } from './app-refs.ts';
import { stateStyle } from './app-table.ts';
import { lineFormat, lineText } from './lines.ts';

/** The result union of a mutation: its success, or an error type of the schema. */
interface Result {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly holder?: { readonly pid?: number | null; readonly command?: string | null } | null;
  readonly exit?: { readonly code?: number | null; readonly reason: ExitReason } | null;
  readonly tail?: readonly CliLineFragment[];
}

/** The success of a mutation. @throws CommandFailure with the server's error, and the last lines of the app if there are any */
export async function successOf<Answer extends Result, Success extends Answer['__typename']>(
  session: Session,
  name: string,
  result: Answer,
  success: Success,
): Promise<Extract<Answer, { __typename: Success }>> {
  if (isSuccess(result, success)) return result;
  const { code, message = `the server answers with ${result.__typename}`, holder, tail } = result;
  if (code === 'APP_NOT_FOUND') throw await noSuchApp(session.client, name);
  const whose = holder?.pid == null ? '' : ` (pid ${holder.pid}: ${plain(holder.command ?? 'unknown')})`;
  throw refused(`${plain(name)}: ${plain(message)}${whose}`, tail && tailLines(session, tail));
}

function isSuccess<Answer extends Result, Success extends Answer['__typename']>(
  result: Answer,
  success: Success,
): result is Extract<Answer, { __typename: Success }> {
  return result.__typename === success;
}

function tailLines({ out }: Session, tail: readonly CliLineFragment[]): string[] {
  const format = {
    ...lineFormat(out, { names: null, times: true }),
    ...{ terminal: out.lively, paint: out.paintError, colors: out.colorsError },
  };
  return tail.map((line) => `  ${lineText(line, format)}`);
}

const PROGRESS = graphql(`
  query CliProgress($by: AppRef!) {
    app(by: $by) { state run { phase port pid } restart { attempt } }
  }
`);

/** The time between two requests for the progress, in milliseconds. */
const LOOK_AGAIN = 150;

/** Shows the progress of an app while `work` runs: a spinner in a terminal, elsewhere a line for each step. */
export async function showingProgress<T>(session: Session, name: string, work: Promise<T>): Promise<T> {
  const { out, json } = session;
  if (json) return work;
  const spinner = startSpinner(out, plain(name));
  // The caller handles a failure. Here it only ends the loop.
  const ended = work.then(
    () => true,
    () => true,
  );
  try {
    for (let done = false; !done; done = await Promise.race([ended, pause(LOOK_AGAIN).then(() => false)])) {
      // If this fails, the command itself reports why.
      const { app } = await session.client.request(PROGRESS, { by: { name } }).catch(() => ({ app: null }));
      if (app) spinner.say(stepOf(app));
    }
    return await work;
  } finally {
    spinner.end();
  }
}

/** What happens to the app now, in a few words. */
export function stepOf({ state, run }: NonNullable<CliProgressQuery['app']>): string {
  if (state !== 'STARTING') return state.toLowerCase();
  if (run?.phase === 'INSTALLING') return 'installing its dependencies';
  // Before its script is there, it is not known whether something must be installed.
  if (run?.phase !== 'BOOTING' || run.pid == null) return 'starting';
  return run.port == null ? 'booting' : `booting: waiting for port ${run.port}`;
}

export interface ChangedApp {
  readonly name: string;
  readonly icon: string;
  readonly state: Parameters<typeof stateStyle>[0]['state'];
  readonly health: Parameters<typeof stateStyle>[0]['health'];
  readonly url?: string | null;
}

/** Prints the app after a change: a line, or as JSON all that the API returned. */
export function printApp({ out, json }: Session, app: ChangedApp, oneOfMany = false): void {
  if (json) return out.printJson(app, oneOfMany ? 'one of many' : undefined);
  const state = out.paint(stateStyle(app), app.state);
  const where = app.url ? `  ${app.url}` : '';
  out.print(`${plain(app.icon)} ${out.paint('bold', plain(app.name))}  ${state}${where}`);
}
