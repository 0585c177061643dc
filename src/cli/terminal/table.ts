import stringWidth from 'string-width';

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
export function tableLines<Row>(
  rows: readonly Row[],
  all: readonly Column<Row>[],
  options: {
    readonly columns: number | null;
    readonly paintTitle: (text: string) => string;
  },
): string[] {
  const available = options.columns ?? Number.POSITIVE_INFINITY;
  const filled = all.filter((column) => column.title !== '' || rows.some((row) => column.text(row) !== ''));
  const { shown, widths } = fitColumns(filled, rows, available);
  const line = (
    cell: (column: Column<Row>) => string,
    paint: (column: Column<Row>, text: string) => string,
  ) => {
    const cells = shown.map((column, index) => {
      const width = widths[index] ?? 0;
      const text = cut(cell(column), width);
      const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
      const last = index === shown.length - 1;
      return column.right ? space + paint(column, text) : paint(column, text) + (last ? '' : space);
    });
    return cells.join(BETWEEN).trimEnd();
  };
  return [
    line(
      ({ title }) => title,
      (_column, text) => options.paintTitle(text),
    ),
    ...rows.map((row) =>
      line(
        (column) => column.text(row),
        (column, text) => column.paint?.(row, text) ?? text,
      ),
    ),
  ];
}

function fitColumns<Row>(columns: readonly Column<Row>[], rows: readonly Row[], available: number) {
  let shown = columns;
  for (;;) {
    const widths = shown.map(({ title, text }) =>
      rows.reduce((width, row) => Math.max(width, stringWidth(text(row))), stringWidth(title)),
    );
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
function narrow<Row>(columns: readonly Column<Row>[], widths: number[], available: number): void {
  while (total(widths) > available) {
    let widest = -1;
    columns.forEach(({ min }, index) => {
      const width = widths[index] ?? 0;
      if (min !== undefined && width > min && width > (widths[widest] ?? 0)) widest = index;
    });
    if (widest < 0) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function leastImportant<Row>(columns: readonly Column<Row>[]): Column<Row> | undefined {
  return columns
    .filter(({ leaveOut }) => leaveOut !== undefined)
    .sort((one, other) => (other.leaveOut ?? 0) - (one.leaveOut ?? 0))[0];
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, BETWEEN.length * Math.max(0, widths.length - 1));
}

const segmenter = new Intl.Segmenter();

/** Cuts a text to a width in columns of the terminal. A text that was cut ends with `…`. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width <= 0) return '';
  let taken = '';
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) {
    const wide = stringWidth(segment);
    if (columns + wide > width - 1) break;
    taken += segment;
    columns += wide;
  }
  return `${taken}…`;
}
