import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../../contracts/clock.ts';
import { reasonOf } from '../../core/errors.ts';
import { cutTo } from '../../core/texts.ts';
import type { AppUser } from '../../host/app-user.ts';
import { SH, type Shell, shellFor } from '../../host/shell.ts';
import { boundsOf, runEnvironment, type Variables, withReleasePrograms } from './environment.ts';
import type { LocalRun } from './local-run.ts';
import type { Platform } from './platform.ts';
import { takesConnection } from './port-probe.ts';
import { makePidFile, makeRunDirectory, openStatusFiles, readPidFile } from './run-directory.ts';
import { shimIn, shimOfUserIn, withExec } from './shim.ts';
import { spawnDetached } from './spawn.ts';

export interface LaunchOptions {
  readonly host: Variables;
  /** As whom the script runs; null: as whoever this process is. */
  readonly user: AppUser | null;
  readonly allowOutside: boolean;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly failed: (run: LocalRun, message: string) => void;
  /** Something that the person who reads the run's log should know. */
  readonly noted: (run: LocalRun, text: string) => void;
  /** It was asked to end before anything was spawned. */
  readonly cancelled: (run: LocalRun) => void;
  readonly shimEnded: (run: LocalRun, code: number | null, signal: NodeJS.Signals | null) => void;
  /** The system let no process of it into its cgroup. */
  readonly outsideGroup: (run: LocalRun) => void;
  /** `run.script` is known, or will hardly be known soon. */
  readonly started: (run: LocalRun) => void;
  /** The script is there, or never will be: signals reach whoever they are meant for. */
  readonly settled: (run: LocalRun) => void;
}

/** The shim needs some 2 ms to begin the script; on a busy machine much more, and the run's pid is told but once. */
const FIRST_LOOK = 1;
const GIVE_UP_AFTER = 2_000;

/** Spawns the shim with the run's script. Never throws. */
export async function launch(run: LocalRun, options: LaunchOptions): Promise<void> {
  const { spec, directory } = run;
  const { user } = options;
  let environment: Record<string, string>;
  let shell: Shell = SH;
  let statusFiles: readonly FileHandle[] = [];
  try {
    makeRunDirectory(directory);
    const within = await boundsOf(spec, options.allowOutside);
    environment = withReleasePrograms(
      await runEnvironment(options.host, spec, within, user),
      spec.releaseDirectory,
    );
    const chosen = await shellFor(environment);
    shell = chosen.shell;
    if (chosen.lost.length > 0) options.noted(run, lostVariables(chosen.lost));
    if (spec.port !== null) run.portWasFree = await isFree(spec.port, options.platform);
    if (user) statusFiles = await openStatusFiles(directory);
    else await makePidFile(directory);
  } catch (error) {
    options.failed(run, reasonOf(error));
    return;
  }
  const [program, ...flags] = shell;
  const shim = user ? shimOfUserIn(shell) : shimIn(shell);
  const spawned = await spawnDetached({
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
    spawned: (child, pid, isInGroup) => {
      if (!isInGroup) options.outsideGroup(run);
      const start = options.platform.processes.startOfChild(pid);
      run.stage = 'SPAWNED';
      run.shim = child;
      run.shimIdentity = { pid, start };
      run.leaders.push({ pid, start, proven: true });
      child.once('exit', (code, signal) => options.shimEnded(run, code, signal));
    },
  });
  if (spawned.outcome === 'SPAWNED') awaitScript(run, options, FIRST_LOOK, 0);
  else if (spawned.outcome === 'FAILED') options.failed(run, spawned.message);
  else options.cancelled(run);
}

/** More of them are counted; and a name may be as long as a file is. */
const MOST_NAMED = 10;
const LONGEST_NAME = 80;

function lostVariables(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMED).map((name) => cutTo(LONGEST_NAME, name));
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `Variables that this machine's sh does not hand on do not reach the app: ${named.join(', ')}${more}. Install bash, or give them other names`;
}

/** False also where nobody can tell: then a connection later proves nothing. */
async function isFree(port: number, { sockets }: Platform): Promise<boolean> {
  const listening = await sockets.listening().catch(() => 'UNKNOWN' as const);
  if (listening === 'UNKNOWN') return false;
  if (listening) return !listening.some((socket) => socket.port === port);
  return !(await takesConnection(port, '127.0.0.1')) && !(await takesConnection(port, '::1'));
}

/** Looks for what the shim writes of the script, less and less often. */
function awaitScript(run: LocalRun, options: LaunchOptions, delay: number, waited: number): void {
  options.clock.after(delay, async () => {
    const file = await readPidFile(run.directory);
    if (run.over || !run.shim) return;
    run.script = file?.script ?? null;
    const total = waited + delay;
    if (run.script || total >= GIVE_UP_AFTER) {
      options.started(run);
      options.settled(run);
    } else awaitScript(run, options, Math.min(delay * 2, 100), total);
  });
}
