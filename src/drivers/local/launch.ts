import type { FileHandle } from 'node:fs/promises';
import { cutTo } from '../../core/texts.ts';
import { shellFor } from '../../host/shell.ts';
import { type AppVariables, runEnvironment } from './environment.ts';
import type { Platform } from './platform.ts';
import { takesConnection } from './port-probe.ts';
import { makePidFile, openStatusFiles } from './run-directory.ts';
import type { RunParts } from './run-parts.ts';
import type { StartingRun } from './run-processes.ts';
import { shimIn, shimOfUserIn, withExec } from './shim.ts';
import { type Spawned, spawnDetached } from './spawn.ts';

/** Spawns the shim with the run's script. @throws the system's error where the run directory cannot be written. */
export async function launch(run: StartingRun, app: AppVariables, parts: RunParts): Promise<Spawned> {
  const { spec, directory } = run;
  const { user } = parts;
  const environment = runEnvironment(parts.appEnvironment, app, spec);
  const { shell, lost } = await shellFor(environment);
  if (lost.length > 0) run.report({ type: 'NOTED', text: lostVariables(lost) });
  if (spec.port !== null) run.portWasFree = await isFree(spec.port, parts.platform);
  let statusFiles: readonly FileHandle[] = [];
  if (user) statusFiles = await openStatusFiles(directory);
  else makePidFile(directory);
  const [program, ...flags] = shell;
  const shim = user ? shimOfUserIn(shell) : shimIn(shell);
  return spawnDetached({
    program,
    args: [...flags, '-c', shim, 'sh', directory, withExec(spec.script)],
    shell,
    cwd: spec.releaseDirectory,
    environment,
    directory,
    user,
    use: 'enter',
    more: statusFiles,
    controlGroup: run.controlGroup,
    wanted: () => !run.stopping,
    spawned: (child, pid, isInGroup) => run.shimSpawned(child, pid, isInGroup),
  });
}

/** The note counts the others; and a name may be as long as a file is. */
const MOST_NAMED = 10;
const LONGEST_NAME = 80;

function lostVariables(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMED).map((name) => cutTo(LONGEST_NAME, name));
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `Variables that this machine's sh does not hand on do not reach the app: ${named.join(', ')}${more}. Install bash, or give them other names`;
}

/** False also if the system cannot tell: then a connection later proves nothing. */
async function isFree(port: number, { sockets }: Platform): Promise<boolean> {
  const listening = await sockets.listening().catch(() => 'UNKNOWN' as const);
  if (listening === 'UNKNOWN') return false;
  if (listening) return !listening.some((socket) => socket.port === port);
  return !(await takesConnection(port, '127.0.0.1')) && !(await takesConnection(port, '::1'));
}
