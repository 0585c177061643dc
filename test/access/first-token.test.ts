import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { firstToken } from '../../src/access/index.ts';
import { createBench } from './support.ts';

const TEXT = `toe_provided00_${'s'.repeat(43)}`;

function createFirst() {
  const bench = createBench();
  const directory = join(bench.directory, 'state');
  mkdirSync(directory);
  const file = join(directory, 'token');
  const start = () => firstToken({ store: bench.stores.tokens, file, now: bench.clock.now() });
  /** Starts, where that must go well. */
  const begin = async () => {
    const first = await start();
    if (!first.ok) throw new Error(first.message);
    return first;
  };
  return { ...bench, directory, file, start, begin, read: () => readFileSync(file, 'utf8') };
}

function withUmask(mask: number): void {
  const before = process.umask(mask);
  onTestFinished(() => void process.umask(before));
}

describe('the first start', () => {
  test('makes an ADMIN’s token named first, and puts it into the file alone', async () => {
    const { begin, access, directory, read } = createFirst();
    const { text, warnings } = await begin();
    expect([read(), warnings]).toEqual([`${text}\n`, []]);
    expect(readdirSync(directory)).toEqual(['token']);
    expect(access.authenticate(text ?? '')).toMatchObject({ name: 'first', kind: 'TOKEN', role: 'ADMIN' });
    expect(access.tokens()).toMatchObject([{ expiresAt: null }]);
  });

  test.each(['000', '022', '377', '777'])('its file is its owner’s alone with the umask %s', async (mask) => {
    const { begin, file } = createFirst();
    withUmask(Number.parseInt(mask, 8));
    await begin();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('takes what stands in the file for the first token', async () => {
    const { begin, access, file, read } = createFirst();
    writeFileSync(file, `  ${TEXT}\n\n`, { mode: 0o600 });
    expect(await begin()).toEqual({ ok: true, text: TEXT, id: 'provided00', warnings: [] });
    expect(access.authenticate(TEXT)).toMatchObject({ token: 'provided00', role: 'ADMIN' });
    expect(read()).toBe(`  ${TEXT}\n\n`);
  });

  test.each([0o644, 0o640, 0o666])('takes no token that others could read or write: %o', async (mode) => {
    const { start, file, stores } = createFirst();
    writeFileSync(file, TEXT);
    chmodSync(file, mode);
    expect(await start()).toEqual({
      ok: false,
      message: expect.stringMatching(/token can be .* by .*: chmod /),
    });
    expect(statSync(file).mode & 0o777).toBe(mode);
    expect(stores.tokens.all()).toEqual([]);
  });
});

describe('the next start', () => {
  test('changes nothing', async () => {
    const { begin, access } = createFirst();
    const first = await begin();
    expect(await begin()).toEqual(first);
    expect(access.tokens()).toHaveLength(1);
  });

  test('after a kill between the file and the database goes on with the token in the file', async () => {
    const { begin, access, stores, file, read } = createFirst();
    const killed = { ...stores.tokens, insert() {} };
    await firstToken({ store: killed, file, now: 1 });
    const text = read().trim();
    expect(access.authenticate(text)).toBeNull();
    expect((await begin()).text).toBe(text);
    expect(access.authenticate(text)?.role).toBe('ADMIN');
  });

  test('after the token was revoked makes another, where no other ADMIN token is left', async () => {
    const { begin, access, read } = createFirst();
    const before = await begin();
    access.create({ name: 'ci', role: 'OPERATOR', expiresAt: null });
    access.revoke(before.id ?? '');
    const after = await begin();
    expect(after.text).not.toBe(before.text);
    expect(read()).toBe(`${after.text}\n`);
    expect(access.authenticate(before.text ?? '')).toBeNull();
  });

  test.each(['is revoked', 'is not there'])(
    'where it %s, and somebody else is an ADMIN, makes none',
    async (how) => {
      const { begin, access, file } = createFirst();
      const { id } = await begin();
      access.create({ name: 'ben', role: 'ADMIN', expiresAt: null });
      access.revoke(id ?? '');
      if (how === 'is not there') rmSync(file);
      const warnings = [expect.stringContaining('toehold token create')];
      expect(await begin()).toMatchObject({ text: null, warnings });
      expect(access.tokens().map(({ name }) => name)).toEqual(['ben']);
    },
  );

  test('a text with the id of a token and another secret does not work', async () => {
    const { begin, access, file } = createFirst();
    const { text } = await begin();
    const forged = `${text?.slice(0, 15)}${'A'.repeat(43)}`;
    writeFileSync(file, forged, { mode: 0o600 });
    expect(await begin()).toMatchObject({ text: null });
    expect([access.authenticate(forged), access.authenticate(text ?? '')?.name]).toEqual([null, 'first']);
  });
});

describe('cannot go on, in one line that does not repeat what it found', () => {
  test.each([
    ['an empty file', (file: string) => writeFileSync(file, '', { mode: 0o600 })],
    ['something else', (file: string) => writeFileSync(file, 'hunter2', { mode: 0o600 })],
  ])('%s', async (_what, put) => {
    const { start, file, stores } = createFirst();
    put(file);
    const refused = await start();
    expect(refused).toEqual({ ok: false, message: expect.stringContaining(`${file} does not hold a token`) });
    expect(JSON.stringify(refused)).not.toContain('hunter2');
    expect(stores.tokens.all()).toEqual([]);
  });

  test.each([
    [
      'a big file',
      (file: string) => writeFileSync(file, `${TEXT}${' '.repeat(2_000)}`, { mode: 0o600 }),
      'more than 1024 bytes',
    ],
    ['a directory', (file: string) => mkdirSync(file), 'not a regular file'],
  ])('%s', async (_what, put, why) => {
    const { start, file, stores } = createFirst();
    put(file);
    expect(await start()).toEqual({ ok: false, message: expect.stringContaining(why) });
    expect(stores.tokens.all()).toEqual([]);
  });

  test('a directory that is not there', async () => {
    const { stores, directory } = createFirst();
    const file = join(directory, 'no', 'token');
    expect(await firstToken({ store: stores.tokens, file, now: 1 })).toEqual({
      ok: false,
      message: expect.stringMatching(/token cannot be used for the first token \(ENOENT.*TOEHOLD_TOKEN_FILE/),
    });
    expect(stores.tokens.all()).toEqual([]);
  });
});
