import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST, subscribe } from 'graphql';
import { answerTooLarge, LARGEST_ANSWER } from '../../schema/answer-size.ts';

type Executed = ReturnType<typeof execute>;
type Subscribed = Awaited<ReturnType<typeof subscribe>>;

/** Executes an operation. Returns an error in place of a result that is too large to be written as JSON. */
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
 * Subscribes. A payload that is too large is replaced by an error and ends the stream. Nothing after it is sent, so
 * a client that continues from its last cursor, with fewer fields, misses nothing.
 */
export async function subscribeBounded(args: ExecutionArgs): Promise<Subscribed> {
  const subscribed = await subscribe(args);
  return Symbol.asyncIterator in subscribed ? bounded(subscribed) : subscribed;
}

/** Not a generator: in a generator, `return()` waits for a pending `next()`. */
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

/** Whether the result cannot be sent. Only a result that is long without any escapes is measured exactly. */
export function isTooLarge({ data }: ExecutionResult): boolean {
  return (
    mostJsonBytes(data, LARGEST_ANSWER) > LARGEST_ANSWER && jsonBytes(data, LARGEST_ANSWER) > LARGEST_ANSWER
  );
}

/** A character takes at most six bytes in JSON: the longest escape. */
const MOST_PER_CHARACTER = 6;

/** Returns how many bytes a value takes as JSON at most, without looking into its texts. Stops above `most`. */
function mostJsonBytes(value: unknown, most: number): number {
  return countJsonBytes(value, most, (text) => 2 + MOST_PER_CHARACTER * text.length);
}

/**
 * Returns how many bytes a value takes as JSON, or slightly more. Stops counting just above `most`. Writing the JSON
 * to measure it could exceed the longest possible string and end the process.
 */
export function jsonBytes(value: unknown, most: number): number {
  return countJsonBytes(value, most, (text) =>
    text.length > most ? text.length : Buffer.byteLength(JSON.stringify(text)),
  );
}

function countJsonBytes(value: unknown, most: number, textBytes: (text: string) => number): number {
  let bytes = 0;
  // The limits of documents bound the depth of results.
  function count(value: unknown): void {
    if (bytes > most) return;
    if (typeof value === 'string') bytes += textBytes(value);
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
