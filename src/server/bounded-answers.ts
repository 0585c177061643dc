import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST, subscribe } from 'graphql';
import { answerTooLarge, LARGEST_ANSWER } from '../../schema/answer-size.ts';

type Executed = ReturnType<typeof execute>;
type Subscribed = Awaited<ReturnType<typeof subscribe>>;

/** Executes, and answers with an error instead of what would be too large to be written as JSON. */
export async function executeBounded(args: ExecutionArgs): Promise<Awaited<Executed>> {
  const result = await execute(args);
  if (!isTooLarge(result)) return result;
  const isMutation = getOperationAST(args.document, args.operationName)?.operation === 'mutation';
  const advice = isMutation
    ? 'its mutations were carried out, and only their answer is not sent; ask for fewer fields'
    : 'ask for smaller pages by "first" or "last", or for fewer fields';
  return { errors: [answerTooLarge(advice)], data: null };
}

/**
 * Subscribes. A payload that is too large ends the stream with an error in its place: nothing behind it is sent, so
 * that whoever goes on from the last cursor, with fewer fields, misses nothing.
 */
export async function subscribeBounded(args: ExecutionArgs): Promise<Subscribed> {
  const subscribed = await subscribe(args);
  return Symbol.asyncIterator in subscribed ? bounded(subscribed) : subscribed;
}

/** Not a generator: that would hold back `return()` as long as a `next()` waits. */
function bounded(
  results: AsyncGenerator<ExecutionResult, void, void>,
): AsyncGenerator<ExecutionResult, void, void> {
  return {
    async next() {
      const next = await results.next();
      if (next.done || !isTooLarge(next.value)) return next;
      await results.return();
      const advice = 'the stream ends; subscribe again after its last cursor, for fewer fields';
      return { done: false, value: { errors: [answerTooLarge(advice)] } };
    },
    return: () => results.return(),
    throw: (error) => results.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function isTooLarge({ data }: ExecutionResult): boolean {
  return jsonBytes(data, LARGEST_ANSWER) > LARGEST_ANSWER;
}

/** Shorter texts are counted as if each character were written in six bytes, the most there is. */
const SHORT = 64;
const MOST_PER_CHARACTER = 6;

/**
 * How many bytes a value of an answer takes as JSON, or a little more; it counts no further than just over `most`.
 * The JSON itself may be longer than a string can be, and ends the process while it is made.
 */
export function jsonBytes(value: unknown, most: number): number {
  let bytes = 0;
  // The depth of answers is bounded by the limits of operations.
  function count(value: unknown): void {
    if (bytes > most) return;
    if (typeof value === 'string') bytes += textBytes(value, most);
    else if (typeof value !== 'object' || value === null) bytes += 24;
    else if (Array.isArray(value)) {
      bytes += 2;
      for (const item of value) {
        bytes += 1;
        count(item);
        if (bytes > most) return;
      }
    } else {
      bytes += 2;
      for (const name in value) {
        bytes += name.length + 4;
        count((value as Record<string, unknown>)[name]);
        if (bytes > most) return;
      }
    }
  }
  count(value);
  return bytes;
}

function textBytes(text: string, most: number): number {
  if (text.length <= SHORT) return 2 + MOST_PER_CHARACTER * text.length;
  return text.length > most ? text.length : Buffer.byteLength(JSON.stringify(text));
}
