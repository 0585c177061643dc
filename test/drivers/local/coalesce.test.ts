import { expect, test } from 'vitest';
import { coalesce, persistently } from '../../../src/drivers/local/coalesce.ts';

/** Work that ends when the test says so, and answers how often it was begun. */
function steppedWork() {
  let begun = 0;
  let end: (() => void) | null = null;
  let onBegin: () => void = () => {};
  return {
    work: () =>
      new Promise<number>((resolve) => {
        const number = ++begun;
        end = () => resolve(number);
        onBegin();
      }),
    finish: () => end?.(),
    /** Resolves when the next piece of work has begun. */
    begins: () => new Promise<void>((resolve) => (onBegin = resolve)),
  };
}

test('who asks before a look begins shares it; who asks while it runs gets the next one', async () => {
  const { work, finish, begins } = steppedWork();
  const ask = coalesce(work, () => 0);
  const first = [ask(), ask(), ask()];
  await begins();
  const second = [ask(), ask()];
  const secondBegins = begins();
  finish();
  expect(await Promise.all(first)).toEqual([1, 1, 1]);
  await secondBegins;
  finish();
  expect(await Promise.all(second)).toEqual([2, 2]);
});

test('after a look there is a pause, and a failure reaches only the callers of that look', async () => {
  let runs = 0;
  const ask = coalesce(
    async () => {
      if (++runs === 1) throw new Error('no');
      return performance.now();
    },
    () => 30,
  );
  await expect(ask()).rejects.toThrow('no');
  const ended = performance.now();
  expect((await ask()) - ended).toBeGreaterThan(20);
});

test('a look that the system refuses is repeated until it is answered', async () => {
  let looks = 0;
  const answer = await persistently(async () => {
    if (++looks < 2) throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
    return 'seen';
  });
  expect([answer, looks]).toEqual(['seen', 2]);
});
