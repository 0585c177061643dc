import { expect, test } from 'vitest';
import { InstallQueue } from '../../../src/drivers/local/install-queue.ts';

/** Installations that end when the test says so. */
function installsOn(queue: InstallQueue) {
  const begun: string[] = [];
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  async function begin(name: string, directory = `/${name}`, fails = false): Promise<() => Promise<unknown>> {
    let end = () => {};
    const done = queue.run(directory, () => {
      begun.push(name);
      return new Promise<void>((resolve, reject) => {
        end = fails ? () => reject(new Error('failed')) : resolve;
      });
    });
    done.catch(() => {});
    await settle();
    return () => {
      end();
      return settle();
    };
  }
  return { begun, begin };
}

test('B-31: so many have a slot at a time, and the next get theirs in the order of asking', async () => {
  const { begun, begin } = installsOn(new InstallQueue(2));
  const [a, b] = [await begin('a'), await begin('b')];
  const c = await begin('c');
  await begin('d');
  expect(begun).toEqual(['a', 'b']);
  await b();
  expect(begun).toEqual(['a', 'b', 'c']);
  await b();
  expect(begun).toEqual(['a', 'b', 'c']);
  await a();
  await c();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

test('an installation that fails gives its slot back', async () => {
  const { begun, begin } = installsOn(new InstallQueue(1));
  const first = await begin('first', '/a', true);
  await begin('second', '/a');
  await begin('third');
  await first();
  expect(begun).toEqual(['first', 'third']);
});

test('A8: two in the same directory take turns, and hold up no other', async () => {
  const { begun, begin } = installsOn(new InstallQueue(2));
  const first = await begin('first', '/a');
  await begin('second', '/a');
  const other = await begin('other', '/b');
  expect(begun).toEqual(['first', 'other']);
  await other();
  expect(begun).toEqual(['first', 'other']);
  await first();
  expect(begun).toEqual(['first', 'other', 'second']);
});

test('it tells whether an installation would have to wait', async () => {
  const queue = new InstallQueue(2);
  const { begin } = installsOn(queue);
  const first = await begin('first', '/a');
  expect([queue.isBusy('/a'), queue.isBusy('/b')]).toEqual([true, false]);
  await begin('second', '/b');
  expect(queue.isBusy('/c')).toBe(true);
  await first();
  expect([queue.isBusy('/a'), queue.isBusy('/c')]).toEqual([false, false]);
});
