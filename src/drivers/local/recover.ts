import type { Recovery } from '../../contracts/driver.ts';
import type { DriverHandle } from '../../core/run.ts';
import { UNKNOWN_STATUS } from './exit-status.ts';
import { makeHandle, readHandle } from './handle.ts';
import type { LocalRun } from './local-run.ts';
import type { ProcessRow, ProcessSource } from './process-table.ts';
import { type PidFile, readExitFile, readPidFile, removeStatusFiles } from './run-directory.ts';
import { membersOf } from './run-tree.ts';
import { signalRun } from './signals.ts';
import { waitUntilGone } from './strangers.ts';

/**
 * Finds out what became of a run while no control plane looked. What the database has (the handle) comes
 * before what the run directory says, for an app could write there; and neither is believed without a
 * process that carries the run's mark.
 */
export async function recoverRun(
  run: LocalRun,
  handle: DriverHandle | null,
  processes: ProcessSource,
): Promise<Recovery> {
  const file = await readPidFile(run.directory);
  const known = completed(readHandle(handle), file);
  // Neither a word in the database nor the shim's own: if there are processes, they are an installation's.
  if (!known) {
    await signalRun(run, 'SIGKILL', processes);
    await waitUntilGone(processes, (table) => membersOf(table, run));
    await removeStatusFiles(run.directory);
    return { found: 'NOT_STARTED' };
  }
  const rebooted = !processes.isThisBoot(known.boot);
  if (!rebooted && (await members(run, known, processes)).length > 0) {
    run.shimIdentity = known.shim;
    run.script = known.script;
    run.startedTold = true;
    return { found: 'ALIVE', handle: makeHandle(run, known.boot), pid: livingScript(run, processes) };
  }
  const exit = await readExitFile(run.directory);
  return { found: 'ENDED', ...(exit ?? { ...UNKNOWN_STATUS, at: null }), rebooted };
}

/** The handle may have been made before the script was there; the file then tells of it. */
function completed(handle: PidFile | null, file: PidFile | null): PidFile | null {
  if (!handle) return file;
  const same =
    file?.boot === handle.boot && file.shim.pid === handle.shim.pid && file.shim.start === handle.shim.start;
  return { ...handle, script: handle.script ?? (same ? file.script : null) };
}

async function members(
  run: LocalRun,
  { shim }: PidFile,
  processes: ProcessSource,
): Promise<readonly ProcessRow[]> {
  run.leaders.push({ ...shim, proven: false });
  return membersOf(await processes.scan(), run);
}

function livingScript(run: LocalRun, processes: ProcessSource): number | null {
  const { script } = run;
  return script && processes.startOf(script.pid) === script.start ? script.pid : null;
}
