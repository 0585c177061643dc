// npm run bench -- [name] [--quick]: measures, prints tables, and writes the report if everything was measured.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Benchmark, makeBench } from './support/bench.ts';
import { now } from './support/measure.ts';
import { fallen, REPORT, report, tableOf } from './support/report.ts';
import type { Row } from './support/rows.ts';
import { build } from './support/toehold.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  fan: async () => (await import('./fan.ts')).fan,
  query: async () => (await import('./query.ts')).query,
  start: async () => (await import('./start.ts')).start,
  logs: async () => (await import('./logs.ts')).logs,
  recover: async () => (await import('./recover.ts')).recover,
  many: async () => (await import('./many.ts')).many,
  room: async () => (await import('./room/logs-room.ts')).logsRoom,
};
/** The benchmarks that have a short form. */
const QUICK = ['fan', 'query', 'start'];
/** Measures one room and not the server, so it is not part of the report. */
const ROOM = 'room';

const WHOLE = Object.keys(BENCHMARKS).filter((name) => name !== ROOM);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const names = positionals.length > 0 ? positionals : values.quick ? QUICK : WHOLE;
  const unknown = names.find((name) => !BENCHMARKS[name]);
  if (unknown !== undefined) {
    console.error(`There is no benchmark "${unknown}": use one of ${Object.keys(BENCHMARKS).join(', ')}`);
    return 2;
  }
  build();
  const begin = now();
  const rows = await measure(names, values.quick);
  const minutes = (now() - begin) / 60_000;
  if (values.quick) return compare(rows);
  if (positionals.length === 0) writeFileSync(REPORT, report(rows, minutes));
  return 0;
}

async function measure(names: readonly string[], quick: boolean): Promise<readonly Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'toehold-bench-'));
  const rows: Row[] = [];
  try {
    const bench = makeBench(directory, quick);
    for (const name of names) {
      const benchmark = await BENCHMARKS[name]?.();
      const measured = (await benchmark?.(bench)) ?? [];
      console.log(`\n${tableOf(measured)}\n`);
      rows.push(...measured);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return rows;
}

function compare(rows: readonly Row[]): number {
  const sentences = fallen(rows);
  if (sentences === null) {
    console.log('There is no bench/REPORT.md to compare with: npm run bench writes it.');
    return 0;
  }
  for (const sentence of sentences) console.log(sentence);
  if (sentences.length === 0) console.log('No ratio fell under 0.8 of the committed report.');
  return sentences.length === 0 ? 0 : 1;
}

process.exitCode = await main();
