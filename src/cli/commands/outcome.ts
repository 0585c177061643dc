import { refused } from '../failure.ts';
import type { CliLineFragment, ExitReason } from '../generated/graphql.ts';
import type { Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';
import { lineFormat, lineText } from './lines.ts';
import { noSuchApp } from './names.ts';

/** What a mutation answers: a success of its own, or a failure as the schema has them. */
interface Result {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
  readonly holder?: { readonly pid?: number | null; readonly command?: string | null } | null;
  readonly exit?: { readonly code?: number | null; readonly reason: ExitReason } | null;
  readonly tail?: readonly CliLineFragment[];
}

/** The success that was hoped for. @throws CommandFailure with what the server said instead, and the last lines where they tell why */
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
    ...lineFormat(out, { names: false, times: true }),
    ...{ terminal: out.lively, paint: out.paintError, colors: out.colorsError },
  };
  return tail.map((line) => `  ${lineText(line, format)}`);
}
