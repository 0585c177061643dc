import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MarkStore } from '../../contracts/marks.ts';
import type { AppId } from '../../core/app.ts';
import type { RunId } from '../../core/run.ts';
import type { Losses } from '../gaps.ts';
import type { Usage } from './usage.ts';

export interface Removal {
  /** Removes all that there is of an app's log: marks first, then files, which nobody can miss then. */
  removeApp(app: AppId, runs: readonly RunId[]): Promise<void>;
}

/** How many marks one commit removes: some milliseconds. */
const SHARE = 1_000;

export function createRemoval(options: {
  readonly marks: MarkStore;
  readonly losses: Losses;
  readonly usage: Usage;
  readonly runsDir: string;
}): Removal {
  const { marks, losses, usage, runsDir } = options;
  return {
    async removeApp(app, known) {
      const runs = new Set([...known, ...usage.runs(app)]);
      for (;;) {
        const share = marks.scan({ apps: [app], after: 0, before: null, limit: SHARE, forward: true });
        const last = share.at(-1);
        if (!last) break;
        for (const mark of share) runs.add(mark.run);
        losses.grew(app, { mark: last.seq, byte: last.to });
        marks.prune(app, last.seq, []);
        await nextTurn();
      }
      marks.removeApp(app);
      for (const run of runs) {
        usage.removed(app, run);
        await rm(join(runsDir, String(run)), { recursive: true, force: true });
      }
    },
  };
}
