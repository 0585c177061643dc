import { setTimeout as pause } from 'node:timers/promises';

/**
 * Resolves with the predicate's first truthy answer; for what nothing tells of, like the state of another
 * process. A predicate that throws says "not yet", and its error is in the message of the failure.
 * @param what stands in the error: "the port is free".
 * @param deadlineMs milliseconds.
 * @throws Error when the deadline has passed.
 */
export async function until<T>(
  predicate: () => T | Promise<T>,
  what: string,
  deadlineMs = 20_000,
): Promise<Exclude<T, null | undefined | false | 0 | ''>> {
  const deadline = performance.now() + deadlineMs;
  let interval = 2;
  let problem: unknown;
  for (;;) {
    try {
      const answer = await predicate();
      if (answer) return answer as Exclude<T, null | undefined | false | 0 | ''>;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`Not so within ${deadlineMs} ms: ${what}`, { cause: problem });
    }
    await pause(interval);
    interval = Math.min(interval * 2, 50);
  }
}
