import stringWidth from 'string-width';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** Painted last: what is cut and counted is the bare text. */
  readonly paint?: (row: Row, text: string) => string;
  readonly right?: boolean;
  /** It may become so narrow before columns are left out; not given: it keeps its width. */
  readonly min?: number;
  /** The greatest is left out first where the terminal is too narrow; not given: it stays. */
  readonly leaveOut?: number;
}

const BETWEEN = '  ';

/**
 * Lines of a table, the titles first. Where `columns` says how wide the terminal is, wide columns are cut, then
 * the least important left out, and last every line is cut: none is ever wrapped.
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

/** Takes from the widest of those that may give, a column of the terminal at a time. */
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

/** The text, in so many columns of a terminal at most: what is cut off ends in `…`. */
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
