import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Mark } from '../../../src/contracts/marks.ts';
import { type Piece, Spool } from '../../../src/logs/write/spool.ts';
import { tempDir } from '../../support/logs.ts';

function newSpool(): { path: string; spool: Spool } {
  const path = join(tempDir(), 'stdout.log');
  writeFileSync(path, '');
  return { path, spool: new Spool(path, null) };
}

const spans = (pieces: readonly Piece[]) => pieces.map(({ from, to }) => [from, to]);
const markOf = (piece: Piece | undefined): Mark => {
  if (!piece) throw new Error('no piece');
  return { ...piece, seq: 1, app: 1, run: 1, stream: 'STDOUT', at: 0 };
};

test('a piece ends behind the last line end; the rest waits for its own', () => {
  const { path, spool } = newSpool();
  expect(spool.look('LATER')).toEqual({ pieces: [], grew: false, more: false });
  appendFileSync(path, 'one\ntwo\nthr');
  const first = spool.look('LATER');
  expect(spans(first.pieces)).toEqual([[0, 8]]);
  expect(first.grew).toBe(true);
  expect(Buffer.from(first.pieces[0]?.tail ?? []).toString()).toBe('one\ntwo\n');
  expect(spool.hasFragment).toBe(true);
  expect(spool.look('LATER').grew).toBe(false);
  appendFileSync(path, 'ee\n');
  expect(spans(spool.look('LATER').pieces)).toEqual([[8, 14]]);
  expect(spool.hasFragment).toBe(false);
});

test('a still last line is closed where it is, and what follows is a line of its own', () => {
  const { path, spool } = newSpool();
  appendFileSync(path, 'prompt> ');
  spool.look('LATER');
  expect(spans(spool.look('STILL').pieces)).toEqual([[0, 8]]);
  appendFileSync(path, 'answer\n');
  expect(spans(spool.look('LATER').pieces)).toEqual([[8, 15]]);
});

test('a last line that grew again before it was closed is left alone', () => {
  const { path, spool } = newSpool();
  appendFileSync(path, 'half');
  spool.look('LATER');
  appendFileSync(path, ' and half');
  expect(spool.look('STILL').pieces).toEqual([]);
});

test('closing never splits a code point, unless no process is left to finish it', () => {
  const { path, spool } = newSpool();
  const euro = Buffer.from('€');
  appendFileSync(path, Buffer.concat([Buffer.from('ab'), euro.subarray(0, 2)]));
  spool.look('LATER');
  expect(spans(spool.look('STILL').pieces)).toEqual([[0, 2]]);
  expect(spool.hasFragment).toBe(false);
  expect(spans(spool.look('FINAL').pieces)).toEqual([[2, 4]]);
});

test('B-25: of a line without end the first 64 KiB make a mark, and its rest belongs to none', () => {
  const { path, spool } = newSpool();
  appendFileSync(path, `first\n${'x'.repeat(100_000)}`);
  expect(spans(spool.look('LATER').pieces)).toEqual([[0, 100_006]]);
  appendFileSync(path, 'x'.repeat(300_000));
  expect(spool.look('LATER').pieces).toEqual([]);
  expect(spool.hasFragment).toBe(false);
  appendFileSync(path, 'x\nnext\n');
  expect(spans(spool.look('LATER').pieces)).toEqual([[400_008, 400_013]]);
});

test('the next control plane finds from the bytes alone whether the rest of a cut line is to be skipped', () => {
  const { path, spool } = newSpool();
  appendFileSync(path, `first\n${'x'.repeat(100_000)}`);
  const cut = markOf(spool.look('LATER').pieces[0]);
  appendFileSync(path, 'rest\nnext\n');
  expect(spans(new Spool(path, cut).look('LATER').pieces)).toEqual([[100_011, 100_016]]);

  const other = newSpool();
  appendFileSync(other.path, 'still');
  other.spool.look('LATER');
  const still = markOf(other.spool.look('STILL').pieces[0]);
  appendFileSync(other.path, 'own\n');
  expect(spans(new Spool(other.path, still).look('LATER').pieces)).toEqual([[5, 9]]);
});

test('a still line over 16 KiB is cut, so its rest is skipped', () => {
  const { path, spool } = newSpool();
  appendFileSync(path, 'x'.repeat(20_000));
  spool.look('LATER');
  expect(spans(spool.look('STILL').pieces)).toEqual([[0, 20_000]]);
  appendFileSync(path, 'rest\nnext\n');
  expect(spans(spool.look('LATER').pieces)).toEqual([[20_005, 20_010]]);
});

test('what was written between two looks is marked in pieces of a megabyte that end behind lines', () => {
  const { path, spool } = newSpool();
  writeFileSync(path, `${'y'.repeat(99)}\n`.repeat(100_000));
  const { pieces } = spool.look('LATER');
  expect(pieces.length).toBe(10);
  expect(pieces[0]?.from).toBe(0);
  expect(pieces.at(-1)?.to).toBe(10_000_000);
  for (const [index, piece] of pieces.entries()) {
    expect(piece.to % 100).toBe(0);
    expect(piece.from).toBe(index === 0 ? 0 : pieces[index - 1]?.to);
  }
});

test('a file that shrank is a new generation, which an empty piece begins', () => {
  const { path, spool } = newSpool();
  appendFileSync(path, 'one\ntwo\n');
  spool.look('LATER');
  truncateSync(path);
  expect(spool.look('LATER').pieces.map(({ generation, from, to }) => [generation, from, to])).toEqual([
    [1, 0, 0],
  ]);
  appendFileSync(path, 'x\n');
  expect(spool.look('LATER').pieces.map(({ generation, from, to }) => [generation, from, to])).toEqual([
    [1, 0, 2],
  ]);
});

test('a truncation in a burst shows by the bytes before the old end: 40 tries, 40 noticed', () => {
  const { path, spool } = newSpool();
  let line = 0;
  const lines = (count: number) => Array.from({ length: count }, () => `line ${line++}\n`).join('');
  let noticed = 0;
  for (let attempt = 0; attempt < 40; attempt++) {
    appendFileSync(path, lines(10));
    spool.look('LATER');
    truncateSync(path);
    appendFileSync(path, lines(50));
    const { pieces } = spool.look('LATER');
    if (pieces[0]?.generation === attempt + 1 && pieces[0].to === 0 && pieces[1]?.from === 0) noticed++;
  }
  expect(noticed).toBe(40);
});

test('a truncation behind the last mark shows too: what was seen counts, not only what was marked', () => {
  const { path, spool } = newSpool();
  appendFileSync(path, 'one\nunfinished');
  spool.look('LATER');
  truncateSync(path, 4);
  appendFileSync(path, 'other words\n');
  expect(spool.look('LATER').pieces[0]).toMatchObject({ generation: 1, from: 0, to: 0 });
});

test('a truncation while no control plane looked shows by the mark', () => {
  const { path, spool } = newSpool();
  appendFileSync(path, 'one\ntwo\n');
  const mark = markOf(spool.look('LATER').pieces[0]);
  writeFileSync(path, 'six\nseven\neight\n');
  const { pieces } = new Spool(path, mark).look('LATER');
  expect(pieces.map(({ generation, from, to }) => [generation, from, to])).toEqual([
    [1, 0, 0],
    [1, 0, 16],
  ]);
});

test('a file that is not there is like an empty one', () => {
  const spool = new Spool(join(tempDir(), 'nothing', 'stdout.log'), null);
  expect(spool.look('FINAL')).toEqual({ pieces: [], grew: false, more: false });
  expect(spool.changedAt()).toBeNull();
});
