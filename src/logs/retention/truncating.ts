import { join } from 'node:path';
import type { MarkStore } from '../../contracts/marks.ts';
import type { AppId } from '../../core/app.ts';
import { RUN_FILES, type RunId } from '../../core/run.ts';
import type { Losses } from '../gaps.ts';
import { STREAMS } from '../runs.ts';
import { truncateFile } from '../spool-file.ts';
import type { Writer } from '../write/writer.ts';
import type { Usage } from './usage.ts';

/**
 * For a system that cannot free bytes in place: the files of the app's last run begin anew, between two
 * lines. All in one go, so that the writer has seen all that is thrown away; what the app writes in the
 * microseconds between the last look and the truncation is lost, which is why holes are better.
 * @returns false where it has to wait, because a line is unfinished.
 */
export function truncateRun(
  options: {
    readonly marks: MarkStore;
    readonly losses: Losses;
    readonly usage: Usage;
    readonly runsDir: string;
  },
  writer: Pick<Writer, 'lookNow' | 'followed'>,
  app: AppId,
  run: RunId,
): boolean {
  const { marks, losses, usage, runsDir } = options;
  writer.lookNow(run);
  const spools = writer.followed().get(run)?.spools;
  if (spools && STREAMS.some((stream) => spools[stream].marked < spools[stream].size)) return false;
  const newest = marks.scan({ apps: [app], after: 0, before: null, limit: 1, forward: false })[0];
  if (!newest) return false;
  losses.grew(app, { mark: newest.seq, byte: newest.to });
  marks.prune(app, newest.seq, []);
  for (const stream of STREAMS) {
    try {
      truncateFile(join(runsDir, String(run), RUN_FILES[stream]));
    } catch {
      continue;
    }
    spools?.[stream].restarted();
  }
  usage.touched(app, run);
  return true;
}
