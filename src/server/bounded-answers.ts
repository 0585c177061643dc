import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST, subscribe } from 'graphql';
import { answerTooLarge, LARGEST_ANSWER } from '../../schema/answer-size.ts';
import { jsonBytes } from './json-bytes.ts';

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
