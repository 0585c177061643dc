import { existsSync, readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { figure, isReached, type Row, ratioOf, spread, targetText } from './rows.ts';

export const REPORT = join(import.meta.dirname, '../REPORT.md');

/** The whole report, in Markdown. */
export function report(rows: readonly Row[], minutes: number): string {
  const names = [...new Set(rows.map(({ benchmark }) => benchmark))];
  const sections = names.map(
    (name) => `## ${name}\n\n${tableOf(rows.filter(({ benchmark }) => benchmark === name))}`,
  );
  return `# Benchmark report

\`npm run bench\` wrote this file. [README.md](README.md) says what each row means. Each value is the median of its rounds, with the least
and the greatest in brackets. The ratio is Toehold's median divided by the median beside it, from the same run, with the rounds of both
interleaved. Ratios can be compared between machines; single values cannot.

${machine()}. The run took ${Math.round(minutes)} minutes.

${sections.join('\n\n')}
`;
}

function machine(): string {
  const all = cpus();
  return `Node ${process.versions.node} on ${all.length} cores of ${all[0]?.model.trim()}, Linux ${release()}`;
}

/** The rows as a table with even columns, in Markdown. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => {
    const ratio = ratioOf(row);
    const reached = isReached(row);
    const beside = [...(row.peer ? [row.peer] : []), ...(row.others ?? [])];
    return [
      row.what,
      row.unit,
      spread(row.own),
      beside.map(({ name, values }) => `${name}: ${spread(values)}`).join('; '),
      ratio === null ? '–' : ratio.toFixed(ratio < 0.1 ? 3 : 2),
      targetText(row),
      reached === null ? '–' : reached ? 'yes' : 'no',
    ];
  });
  return table([['what', 'unit', 'Toehold', 'beside it', 'ratio', 'to reach', 'reached'], ...cells]);
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join(
    '\n',
  );
}

/** How much of the committed ratio must be reached again. */
const SHARE = 0.8;

/** Compares the ratios with those of the committed report. @returns a sentence for each that is much worse; null without a report */
export function fallen(rows: readonly Row[]): readonly string[] | null {
  if (!existsSync(REPORT)) return null;
  const committed = committedRatios();
  return rows.flatMap((row) => {
    const before = committed.get(row.what);
    const ratio = ratioOf(row);
    if (before === undefined || ratio === null) return [];
    const share = row.target?.bound === 'most' ? before / ratio : ratio / before;
    if (share >= SHARE) return [];
    return [
      `${row.what}: the ratio is ${figure(ratio)} and was ${figure(before)}: ${Math.round(share * 100)} % of it`,
    ];
  });
}

/** By the name of the row. */
function committedRatios(): ReadonlyMap<string, number> {
  const lines = readFileSync(REPORT, 'utf8').split('\n');
  return new Map(
    lines.flatMap((line) => {
      const [, what = '', , , , ratio = ''] = line.split('|').map((cell) => cell.trim());
      return /^[\d.]+$/.test(ratio) ? [[what, Number(ratio)] as const] : [];
    }),
  );
}
