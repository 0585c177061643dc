interface Numbered {
  readonly seq: number;
}

/** Reads the next rows of one ordered source: those behind `bound` (null: from the start), at most `limit`. */
export type ReadRows<Row extends Numbered> = (bound: number | null, limit: number) => readonly Row[];

interface Source<Row extends Numbered> {
  readonly read: ReadRows<Row>;
  rows: readonly Row[];
  next: number;
  done: boolean;
}

/**
 * The first `limit` rows of several ordered sources, in their common order: ascending where
 * `forward`, else descending. Reads from each source little more than it contributes.
 */
export function mergeRows<Row extends Numbered>(
  reads: readonly ReadRows<Row>[],
  limit: number,
  forward: boolean,
): readonly Row[] {
  const [only] = reads;
  if (only && reads.length === 1) return only(null, limit);
  const piece = Math.min(limit, Math.ceil(limit / Math.max(1, reads.length)) + 4);
  const sources = reads.map((read) => ({ read, rows: read(null, piece), next: 0, done: false }));
  const merged: Row[] = [];
  while (merged.length < limit) {
    let best: { source: Source<Row>; row: Row } | null = null;
    for (const source of sources) {
      const row = head(source, piece);
      if (row && (!best || (forward ? row.seq < best.row.seq : row.seq > best.row.seq)))
        best = { source, row };
    }
    if (!best) break;
    merged.push(best.row);
    best.source.next += 1;
  }
  return merged;
}

/** The next row of a source, which is read only when it is needed. */
function head<Row extends Numbered>(source: Source<Row>, piece: number): Row | undefined {
  const row = source.rows[source.next];
  if (row || source.done) return row;
  const last = source.rows.at(-1);
  if (!last || source.rows.length < piece) {
    source.done = true;
    return undefined;
  }
  source.rows = source.read(last.seq, piece);
  source.next = 0;
  return source.rows[0];
}
