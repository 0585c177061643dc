import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { type Column, cut, tableLines } from '../../../src/cli/terminal/table.ts';
import { simpleWidth, widthFor } from '../../../src/cli/terminal/width.ts';

interface Row {
  readonly icon: string;
  readonly name: string;
  readonly port: number;
}

const COLUMNS: Column<Row>[] = [
  { title: '', text: ({ icon }) => icon, leaveOut: 2 },
  { title: 'NAME', text: ({ name }) => name, min: 6 },
  { title: 'PORT', text: ({ port }) => String(port), right: true, leaveOut: 1 },
];
const ROWS: Row[] = [
  { icon: '👋', name: 'hello', port: 3001 },
  { icon: '🖥️', name: 'a-very-long-name-of-an-app', port: 12 },
  { icon: 'abc', name: '日本語', port: 3 },
];

const lines = (columns: number | null) => tableLines(ROWS, COLUMNS, { columns, paintTitle: (text) => text });

test('columns are aligned, whatever the width of their characters', async () => {
  const [titles = '', ...rows] = await lines(null);
  const at = stringWidth(titles.slice(0, titles.indexOf('PORT') + 4));
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(stringWidth(row)).toBe(at);
});

describe('a narrow terminal', () => {
  test.each(Array.from({ length: 60 }, (_, index) => index + 1))(
    'of %i columns wraps no line',
    async (columns) => {
      for (const line of await lines(columns)) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    },
  );

  test('first cuts wide columns, then leaves out the least important', async () => {
    expect((await lines(30)).join('\n')).toContain('a-very-long-nam');
    expect((await lines(30))[0]).toContain('PORT');
    expect((await lines(14))[0]).toMatch(/NAME +PORT$/);
    expect((await lines(10))[0]).toBe('NAME');
    expect((await lines(10)).join('\n')).toContain('a-very-lo…');
  });
});

test('a column without a title and without text is left out', async () => {
  const rows = ROWS.map((row) => ({ ...row, icon: '' }));
  const table = await tableLines(rows, COLUMNS, { columns: null, paintTitle: (text) => text });
  expect(table[0]).toMatch(/^NAME/);
});

test('the text is styled after the cut', async () => {
  const column: Column<Row> = {
    title: 'N',
    text: ({ name }) => name,
    paint: (_row, text) => `<${text}>`,
    min: 1,
  };
  const table = await tableLines([{ icon: '', name: 'abcdef', port: 1 }], [column], {
    columns: 4,
    paintTitle: (text) => text,
  });
  expect(table).toEqual(['N', '<abc…>']);
});

test('a symbol of several code points is never split', () => {
  expect(cut('👨‍👩‍👧‍👦 family', 2, stringWidth)).toBe('…');
  expect(cut('👨‍👩‍👧‍👦 family', 4, stringWidth)).toBe('👨‍👩‍👧‍👦 …');
  expect(cut('short', 5, stringWidth)).toBe('short');
  expect(cut('anything', 0, stringWidth)).toBe('');
  expect(cut('anything', 3, stringWidth)).toBe('an…');
});

describe('the width of a text', () => {
  test('is that of its characters, with and without the tables of Unicode', async () => {
    const simple = ['', 'abc 123 ~', '🖥️', 'cut…'];
    const others = ['👋', '日本語', 'e\u0301', 'a\u200bb', '🖥', 'tab\t', '\u{1F468}\u200D\u{1F469}'];
    const width = await widthFor(others);
    for (const text of simple)
      expect([simpleWidth(text), width(text)]).toEqual(Array(2).fill(stringWidth(text)));
    for (const text of others) expect(width(text)).toBe(stringWidth(text));
  });

  test('needs no tables of Unicode if the texts are simple', async () => {
    expect(await widthFor(['NAME', 'hello', '🖥️'])).toBe(simpleWidth);
  });
});
