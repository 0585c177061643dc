import type { Recovery } from '../../contracts/driver.ts';
import type { DriverHandle } from '../../core/run.ts';
import { isGroupOf, isThere, type RunGroups, removeTree } from './control-groups.ts';
import { UNKNOWN_STATUS } from './exit-status.ts';
import { controlGroupIn, makeHandle, readHandle } from './handle.ts';
import type { Members } from './members.ts';
import type { ProcessRow, ProcessSource } from './process-table.ts';
import { type PidFile, readExitFile, readPidFile, removeStatusFiles } from './run-directory.ts';
import type { RunParts } from './run-parts.ts';
import type { RunProcesses } from './run-processes.ts';
import { signalRun } from './signals.ts';
import { waitUntilGone } from './strangers.ts';

/**
 * Finds out what happened to a run while no control plane was there. What the database has (the handle) comes
 * before what the run directory says, for an app could write there; and neither is believed without a process in the
 * run's cgroup, or, where it has none, one that carries the run's mark or was followed.
 */
export async function recoverRun(
  run: RunProcesses,
  handle: DriverHandle | null,
  { platform: { processes }, members, groups }: RunParts,
): Promise<Recovery> {
  run.controlGroup = groupOf(run, controlGroupIn(handle), groups);
  const file = readPidFile(run.directory);
  const known = completed(readHandle(handle), file);
  // Neither a word in the database nor the shim's own: if there are processes, they are an installation's.
  if (!known) {
    await signalRun(run, 'SIGKILL', processes, members);
    await waitUntilGone(processes, () => members.of(run));
    await removeStatusFiles(run.directory);
    return { found: 'NOT_STARTED' };
  }
  const rebooted = !processes.isThisBoot(known.boot);
  if (!rebooted && (await membersNow(run, known, members)).length > 0) {
    run.shimIdentity = known.shim;
    run.script = known.script;
    return { found: 'ALIVE', handle: makeHandle(run, known.boot), pid: livingScript(run, processes) };
  }
  if (run.controlGroup !== null) removeTree(run.controlGroup);
  const exit = readExitFile(run.directory);
  return { found: 'ENDED', ...(exit ?? { ...UNKNOWN_STATUS, at: null }), rebooted };
}

/** The handle may have been made before the script was there; the file then has it. */
function completed(handle: PidFile | null, file: PidFile | null): PidFile | null {
  if (!handle) return file;
  const same =
    file?.boot === handle.boot && file.shim.pid === handle.shim.pid && file.shim.start === handle.shim.start;
  return { ...handle, script: handle.script ?? (same ? file.script : null) };
}

async function membersNow(
  run: RunProcesses,
  { shim }: PidFile,
  members: Members,
): Promise<readonly ProcessRow[]> {
  run.leaders.push({ ...shim, proven: false });
  if (run.controlGroup === null) await members.recall(run);
  return members.of(run);
}

/**
 * The cgroup that the run is in. The handle says where the control plane before this one made it; where no handle
 * was committed, it is where this one would make it. Null: the run has none, or it was removed when it was empty.
 */
function groupOf(run: RunProcesses, noted: string | null, groups: RunGroups | null): string | null {
  const paths = [noted ?? [], groups?.pathOf(run.spec.run) ?? []].flat();
  return paths.find((path) => isGroupOf(run.mark, path) && isThere(path)) ?? null;
}

function livingScript(run: RunProcesses, processes: ProcessSource): number | null {
  const { script } = run;
  return script && processes.startOf(script.pid) === script.start ? script.pid : null;
}
