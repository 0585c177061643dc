import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { type Column, cut, tableLines } from '../../../src/cli/terminal/table.ts';

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

test('columns are aligned, whatever the width of their characters', () => {
  const [titles = '', ...rows] = lines(null);
  const at = stringWidth(titles.slice(0, titles.indexOf('PORT') + 4));
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(stringWidth(row)).toBe(at);
});

describe('a narrow terminal', () => {
  test.each(Array.from({ length: 60 }, (_, index) => index + 1))('of %i columns wraps no line', (columns) => {
    for (const line of lines(columns)) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
  });

  test('first cuts wide columns, then leaves out the least important', () => {
    expect(lines(30).join('\n')).toContain('a-very-long-nam');
    expect(lines(30)[0]).toContain('PORT');
    expect(lines(14)[0]).toMatch(/NAME +PORT$/);
    expect(lines(10)[0]).toBe('NAME');
    expect(lines(10).join('\n')).toContain('a-very-lo…');
  });
});

test('a column without a title and without text is left out', () => {
  const rows = ROWS.map((row) => ({ ...row, icon: '' }));
  expect(tableLines(rows, COLUMNS, { columns: null, paintTitle: (text) => text })[0]).toMatch(/^NAME/);
});

test('the text is styled after the cut', () => {
  const column: Column<Row> = {
    title: 'N',
    text: ({ name }) => name,
    paint: (_row, text) => `<${text}>`,
    min: 1,
  };
  const table = tableLines([{ icon: '', name: 'abcdef', port: 1 }], [column], {
    columns: 4,
    paintTitle: (text) => text,
  });
  expect(table).toEqual(['N', '<abc…>']);
});

test('a symbol of several code points is never split', () => {
  expect(cut('👨‍👩‍👧‍👦 family', 2)).toBe('…');
  expect(cut('👨‍👩‍👧‍👦 family', 4)).toBe('👨‍👩‍👧‍👦 …');
  expect(cut('short', 5)).toBe('short');
  expect(cut('anything', 0)).toBe('');
});
