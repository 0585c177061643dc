import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createConsole } from '../../../src/cli/serve/console.ts';

test('prints lines', () => {
  const stream = new PassThrough({ encoding: 'utf8' });
  const { print } = createConsole(stream);
  print('one');
  print('two');
  expect(stream.read()).toBe('one\ntwo\n');
});

test('removes or shows what a terminal would obey; colors of apps reach only a terminal', () => {
  const line = 'a\x1b]52;c;bWluZQ==\x07b\x1b[31mred\x9b2Jc\u202e';
  const [pipe, terminal, colorless] = [true, true, true].map(() => new PassThrough({ encoding: 'utf8' }));
  if (!pipe || !terminal || !colorless) throw new Error('no streams');
  createConsole(pipe).print(line);
  createConsole(Object.assign(terminal, { isTTY: true })).print(line);
  createConsole(Object.assign(colorless, { isTTY: true }), false).print(line);
  expect(pipe.read()).toBe('abred\u{fffd}2Jc\u{fffd}\n');
  expect(terminal.read()).toBe('ab\x1b[31mred\u{fffd}2Jc\u{fffd}\x1b[0m\n');
  expect(colorless.read()).toBe('abred\u{fffd}2Jc\u{fffd}\n');
});

test.each(['EIO', 'EPIPE', 'ENOSPC'])('A21: %s on the stream does not end the server', async (code) => {
  const stream = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
  });
  const { print } = createConsole(stream);
  const closed = new Promise((resolve) => stream.on('close', resolve));
  print('lost');
  await closed;
  expect(() => print('after that')).not.toThrow();
});

test('drops lines while the stream is not read, and says how many afterwards', async () => {
  const taken: string[] = [];
  let next: (() => void) | undefined;
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      taken.push(String(chunk));
      next = done;
    },
  });
  const { print } = createConsole(stream);
  const line = 'x'.repeat(100_000);
  for (let count = 0; count < 50; count += 1) print(line);
  expect(stream.writableLength).toBeLessThan(1_300_000);
  const printed = Math.round(stream.writableLength / (line.length + 1));

  const drained = once(stream, 'drain');
  while (stream.writableLength > 0) {
    next?.();
    await new Promise(setImmediate);
  }
  await drained;
  print('again');
  next?.();
  await new Promise(setImmediate);
  expect(taken.slice(-2)).toEqual([
    `toehold: ${50 - printed} lines were not printed, because the reader of this output was too slow\n`,
    'again\n',
  ]);
});

test('flushed resolves when everything is written', async () => {
  const taken: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      taken.push(String(chunk));
      setImmediate(done);
    },
  });
  const console = createConsole(stream);
  console.print('one');
  console.print('two');
  await console.flushed();
  expect(taken.join('')).toBe('one\ntwo\n');
});

test('flushed resolves if the stream is closed', async () => {
  const stream = new PassThrough();
  stream.destroy();
  await createConsole(stream).flushed();
});

test('does not block on a paused terminal', () => {
  const asked: boolean[] = [];
  const terminal = Object.assign(new PassThrough(), {
    isTTY: true,
    _handle: { setBlocking: (on: boolean) => asked.push(on) },
  });
  createConsole(terminal);
  expect(asked).toEqual([false]);
});
