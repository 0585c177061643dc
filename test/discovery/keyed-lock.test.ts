import { expect, test } from 'vitest';
import { KeyedLock } from '../../src/discovery/keyed-lock.ts';

function gate(): { readonly passed: Promise<void>; open(): void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

test('works on one name go one after another, works on others do not wait', async () => {
  const lock = new KeyedLock();
  const seen: string[] = [];
  const first = gate();
  const works = [
    lock.run(['a'], async () => {
      await first.passed;
      seen.push('a1');
    }),
    lock.run(['a', 'b'], async () => void seen.push('ab')),
    lock.run(['b'], async () => void seen.push('b')),
    lock.run(['a'], async () => void seen.push('a2')),
  ];
  await lock.run(['c'], async () => void seen.push('c'));
  expect(seen).toEqual(['c']);
  first.open();
  await Promise.all(works);
  expect(seen[1]).toBe('a1');
  expect(seen[2]).toBe('ab');
  expect(seen.slice(3).sort()).toEqual(['a2', 'b']);
});

test('works that need each other’s names do not wait for ever', async () => {
  const lock = new KeyedLock();
  const answers = Array.from({ length: 100 }, (_, index) =>
    lock.run(index % 2 === 0 ? ['a', 'b'] : ['b', 'a'], async () => index),
  );
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 100 }, (_, index) => index));
});

test('a work that fails answers its own caller alone', async () => {
  const lock = new KeyedLock();
  const failing = lock.run(['a'], async () => Promise.reject(new Error('no')));
  const next = lock.run(['a'], async () => 'done');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
});
