import { GraphQLError } from 'graphql';
import type { GraphQLContext } from './context.ts';

/** The largest response, or payload of a stream, in bytes of JSON. */
export const LARGEST_ANSWER = 32 * 1_024 * 1_024;

/** The error that replaces a response that is too large. */
export function answerTooLarge(advice: string): GraphQLError {
  const most = LARGEST_ANSWER / (1_024 * 1_024);
  return new GraphQLError(`The response is larger than the limit of ${most} MiB: ${advice}`, {
    extensions: { code: 'ANSWER_TOO_LARGE' },
  });
}

/** Identifies the response: that of a request, or one payload of a stream, as all payloads share a context. */
function answerOf(context: GraphQLContext, rootValue: unknown): object {
  return typeof rootValue === 'object' && rootValue !== null ? rootValue : context;
}

interface Taken {
  characters: number;
  last: Promise<unknown>;
}

const answers = new WeakMap<object, Taken>();

/**
 * Reads texts for a response, one read at a time: all of them stay in memory until the response is complete, so this
 * stops reading for a response that is already too large.
 * @param read returns the texts, and how many characters they have
 * @throws GraphQLError ANSWER_TOO_LARGE
 */
export function readForAnswer<T>(
  context: GraphQLContext,
  rootValue: unknown,
  read: () => Promise<{ readonly value: T; readonly characters: number }>,
): Promise<T> {
  const key = answerOf(context, rootValue);
  const taken = answers.get(key) ?? { characters: 0, last: Promise.resolve() };
  answers.set(key, taken);
  const turn = taken.last.then(async () => {
    if (taken.characters > LARGEST_ANSWER)
      throw answerTooLarge('ask for fewer or smaller pages of lines at a time, by "first" or "last"');
    const { value, characters } = await read();
    taken.characters += characters;
    return value;
  });
  taken.last = turn.catch(() => {});
  return turn;
}
