import { GraphQLError } from 'graphql';
import type { GraphQLContext } from './context.ts';

/** The longest answer, or payload of a stream, in bytes of JSON. */
export const LARGEST_ANSWER = 32 * 1_024 * 1_024;

/** The error that replaces an answer that is too large. */
export function answerTooLarge(advice: string): GraphQLError {
  const most = LARGEST_ANSWER / (1_024 * 1_024);
  return new GraphQLError(`The response is larger than the limit of ${most} MiB: ${advice}`, {
    extensions: { code: 'ANSWER_TOO_LARGE' },
  });
}

/** What is being answered: a request, or one payload of a stream, whose context serves all of them. */
function answerOf(context: GraphQLContext, rootValue: unknown): object {
  return typeof rootValue === 'object' && rootValue !== null ? rootValue : context;
}

interface Taken {
  characters: number;
  last: Promise<unknown>;
}

const answers = new WeakMap<object, Taken>();

/**
 * Reads texts for an answer, after all that was asked for before it: what is read has to be kept until the answer
 * is whole, and nothing more is read for one that is too large already.
 * @param read the texts, and how many characters they have
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
