import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../db/client.ts';
import { createMarkStore } from '../../db/stores/marks.ts';
import type { LogPageRequest, LogQuery } from '../../src/contracts/logs.ts';
import type { LogPosition } from '../../src/core/cursor.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { Logs } from '../../src/logs/index.ts';
import { median } from '../support/measure.ts';

const LINE = 60;
const BATCH = 10_000;
const BEGIN = Date.UTC(2030, 0, 1);

/** A line a second for a month: how long a page of 100 takes at the end, in the middle and by time, in milliseconds. */
export async function makeManyMarks(directory: string, count: number) {
  const runDir = join(directory, 'runs', '1');
  mkdirSync(runDir, { recursive: true });
  const marks = createMarkStore(openDatabase(join(directory, 'toehold.db')));
  for (let first = 0; first < count; first += BATCH) {
    const lines = Array.from({ length: BATCH }, (_, k) => `${`line ${first + k}`.padEnd(LINE - 1, '.')}\n`);
    appendFileSync(join(runDir, 'stdout.log'), lines.join(''));
    marks.append(
      lines.map((line, k) => ({
        ...{ app: 1, run: 1, stream: 'STDOUT', generation: 0, at: BEGIN + (first + k) * 1_000 },
        from: (first + k) * LINE,
        to: (first + k + 1) * LINE,
        tail: Buffer.from(line.slice(-32)),
      })),
    );
  }
  const logs = new Logs({
    marks,
    runsDir: join(directory, 'runs'),
    clock: createSystemClock(),
    console: () => {},
    retention: { bytesPerApp: Number.POSITIVE_INFINITY },
  });
  async function time(query: Partial<LogQuery>, request: Partial<LogPageRequest>): Promise<number> {
    const times: number[] = [];
    for (let round = 0; round < 50; round++) {
      const begin = performance.now();
      const page = { after: null, before: null, limit: 100, forward: true, ...request };
      const { entries } = await logs.reader.page({ apps: [1], ...query }, page);
      if (entries.length !== 100) throw new Error(`100 lines were asked for and ${entries.length} came`);
      times.push(performance.now() - begin);
    }
    return median(times);
  }
  const middle = Math.floor(count / 2);
  const position: LogPosition = { mark: middle, byte: middle * LINE };
  const answer = {
    end: await time({}, { forward: false }),
    middle: await time({}, { after: position }),
    since: await time({ since: BEGIN + middle * 1_000 }, {}),
  };
  await logs.close();
  rmSync(directory, { recursive: true });
  return answer;
}
