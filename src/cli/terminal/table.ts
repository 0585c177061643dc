import { isSimple, type Width, widthFor } from './width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Styles the text after it was measured and cut. */
  readonly paint?: (row: Row, text: string) => string;
  readonly right?: boolean;
  /** The column can shrink to this width before columns are left out. Without it, the column keeps its width. */
  readonly min?: number;
  /** If the terminal is too narrow, the column with the greatest number is left out first. Without it, the column stays. */
  readonly leaveOut?: number;
}

const BETWEEN = '  ';

/**
 * The lines of a table, the titles first. To fit the width of the terminal (`columns`), wide columns are cut, then the least important ones are
 * left out, and last every line is cut. No line wraps.
 */
export async function tableLines<Row>(
  rows: readonly Row[],
  all: readonly Column<Row>[],
  options: {
    readonly columns: number | null;
    readonly paintTitle: (text: string) => string;
  },
): Promise<string[]> {
  const available = options.columns ?? Number.POSITIVE_INFINITY;
  const cells = all.map((column) => ({ column, texts: rows.map(column.text) }));
  const filled = cells.filter(
    ({ column, texts }) => column.title !== '' || texts.some((text) => text !== ''),
  );
  const widthOf = await widthFor(filled.flatMap(({ column, texts }) => [column.title, ...texts]));
  const measured = filled.map(({ column, texts }) => ({
    ...{ column, texts },
    width: texts.reduce((width, text) => Math.max(width, widthOf(text)), widthOf(column.title)),
  }));
  const { shown, widths } = fitColumns(measured, available);
  const line = (
    cell: (measured: Measured<Row>) => string,
    paint: (column: Column<Row>, text: string) => string,
  ) => {
    const cells = shown.map((measured, index) => {
      const { column } = measured;
      const width = widths[index] ?? 0;
      const text = cut(cell(measured), width, widthOf);
      const space = ' '.repeat(Math.max(0, width - widthOf(text)));
      const last = index === shown.length - 1;
      return column.right ? space + paint(column, text) : paint(column, text) + (last ? '' : space);
    });
    return cells.join(BETWEEN).trimEnd();
  };
  return [
    line(
      ({ column }) => column.title,
      (_column, text) => options.paintTitle(text),
    ),
    ...rows.map((row, index) =>
      line(
        ({ texts }) => texts[index] ?? '',
        (column, text) => column.paint?.(row, text) ?? text,
      ),
    ),
  ];
}

/** A column with the texts of its cells, and the width of the widest. */
interface Measured<Row> {
  readonly column: Column<Row>;
  readonly texts: readonly string[];
  readonly width: number;
}

function fitColumns<Row>(columns: readonly Measured<Row>[], available: number) {
  let shown = columns;
  for (;;) {
    const widths = shown.map(({ width }) => width);
    narrow(shown, widths, available);
    const least = leastImportant(shown);
    if (total(widths) <= available || least === undefined) {
      let left = available;
      const cutWidths = widths.map((width) => {
        const given = Math.max(0, Math.min(width, left));
        left -= given + BETWEEN.length;
        return given;
      });
      return { shown: shown.filter((_column, index) => (cutWidths[index] ?? 0) > 0), widths: cutWidths };
    }
    shown = shown.filter((column) => column !== least);
  }
}

/** Shrinks the widest column that can shrink by 1, until the table fits or none can. */
function narrow<Row>(columns: readonly Measured<Row>[], widths: number[], available: number): void {
  while (total(widths) > available) {
    let widest = -1;
    columns.forEach(({ column: { min } }, index) => {
      const width = widths[index] ?? 0;
      if (min !== undefined && width > min && width > (widths[widest] ?? 0)) widest = index;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function leastImportant<Row>(columns: readonly Measured<Row>[]): Measured<Row> | undefined {
  return columns
    .filter(({ column }) => column.leaveOut !== undefined)
    .sort((one, other) => (other.column.leaveOut ?? 0) - (one.column.leaveOut ?? 0))[0];
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, BETWEEN.length * Math.max(0, widths.length - 1));
}

/** Cuts a text to a width in columns of the terminal. A text that was cut ends with `…`. */
export function cut(text: string, width: number, widthOf: Width): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';
  if (isSimple(text)) return `${text.slice(0, width - 1)}…`;
  let taken = '';
  let columns = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const wide = widthOf(segment);
    if (columns + wide > width - 1) break;
    taken += segment;
    columns += wide;
  }
  return `${taken}…`;
}
