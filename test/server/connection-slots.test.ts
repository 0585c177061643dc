import { describe, expect, it } from 'vitest';
import { isLoopbackAddress, networkOf } from '../../src/server/addresses.ts';
import { ConnectionSlots } from '../../src/server/connection-slots.ts';
import { mostConnections, openFilesLimit, parseOpenFiles } from '../../src/server/connections.ts';

function arrange(most: number, mostOfNetwork = most) {
  const ended: string[] = [];
  const slots = new ConnectionSlots<string>({ most, mostOfNetwork, end: (holder) => ended.push(holder) });
  let now = 0;
  const take = (holder: string, address = '127.0.0.1') => {
    now += 1;
    return slots.acquire(holder, address, now);
  };
  return { slots, take, ended };
}

describe('the connection that loses its slot', () => {
  it('is the oldest unauthenticated one, never one that has shown a token', () => {
    const { slots, take, ended } = arrange(3);
    for (const holder of ['a', 'b', 'c']) expect(take(holder)).toBe(true);
    slots.authenticate('a');
    expect([take('d'), take('e'), take('f')]).toEqual([true, true, true]);
    expect(ended).toEqual(['b', 'c', 'd']);
    expect(slots.used).toBe(3);
  });

  it('is none if all have shown a token: the new connection gets no slot', () => {
    const { slots, take, ended } = arrange(2);
    for (const holder of ['a', 'b']) {
      take(holder);
      slots.authenticate(holder);
    }
    expect([slots.available, take('c')]).toEqual([false, false]);
    slots.release('a');
    expect([slots.available, take('c')]).toEqual([true, true]);
    expect(ended).toEqual([]);
  });

  it('is from another machine if unauthenticated connections of other machines are the larger group', () => {
    const { take, ended } = arrange(4);
    take('mine');
    for (const n of [1, 2, 3]) take(`theirs ${n}`, `192.0.2.${n}`);
    take('mine too', '::1');
    take('theirs 4', '192.0.2.4');
    expect(ended).toEqual(['theirs 1', 'mine']);
  });

  it.each([
    ['an IPv4 address', ['192.0.2.1', '192.0.2.1', '192.0.2.1'], '192.0.2.2'],
    ['a /64 of IPv6', ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:9::3'], '2001:db8:0:1::1'],
  ])('is one of the same network if %s is at its own limit', (_, [one, two, three], other) => {
    const { take, ended } = arrange(100, 2);
    take('one', one);
    take('other', other);
    take('two', two);
    expect(ended).toEqual([]);
    take('three', three);
    expect(ended).toEqual(['one']);
  });

  it('finds unauthenticated connections by their age', () => {
    const { slots, take } = arrange(9);
    for (const holder of ['a', 'b', 'c']) take(holder);
    slots.authenticate('a');
    expect([...slots.unauthenticatedSince(2)]).toEqual(['b']);
  });
});

it.each([
  [20_000, 4_000],
  [5_024, 4_000],
  [4_096, 3_072],
  [1_024, 512],
  [128, 64],
  [null, 4_000],
])('with a limit of %j open files, allows %i connections', (files, connections) => {
  expect(mostConnections(files)).toBe(connections);
});

it('reads the limit of open files from /proc', () => {
  const text =
    'Max file size             unlimited            unlimited            bytes     \nMax open files            1024                 524288               files     \n';
  expect(parseOpenFiles(text)).toBe(1_024);
  expect(parseOpenFiles(text.replace('1024   ', 'unlimited'))).toBeNull();
  expect(parseOpenFiles('')).toBeNull();
  if (process.platform === 'linux') expect(openFilesLimit()).toBeGreaterThan(0);
});

it.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  [undefined, true],
  ['192.0.2.1', false],
  ['::ffff:192.0.2.1', false],
])('whether %j is an address of this machine: %j', (address, expected) => {
  expect(isLoopbackAddress(address)).toBe(expected);
  expect(networkOf('::1')).toBe('0:0:0:0');
});
