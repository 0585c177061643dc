import { join } from 'node:path';
import type { Clock } from '../../contracts/clock.ts';
import type { Driver, DriverEvent, RunSpec } from '../../contracts/driver.ts';
import type { InstallStore } from '../../contracts/stores.ts';
import type { RunId } from '../../core/run.ts';
import type { AppUser } from '../../host/app-user.ts';
import { RunGroups, removeTree } from './control-groups.ts';
import { createEndWatch } from './end-watch.ts';
import { hostVariables, installVariables, type Variables } from './environment.ts';
import { fromChild, UNKNOWN_STATUS } from './exit-status.ts';
import { DRIVER_NAME, makeHandle } from './handle.ts';
import { launch } from './launch.ts';
import { type LocalRun, newRun, type Stage } from './local-run.ts';
import { Members } from './members.ts';
import { createOutbox } from './outbox.ts';
import { createPlatform, type Platform } from './platform.ts';
import { prepare } from './preparation.ts';
import type { ProcessRow } from './process-table.ts';
import { createReadiness } from './readiness.ts';
import { recoverRun } from './recover.ts';
import { readExitFile, readPidFile } from './run-directory.ts';
import { type RunSignal, signalRun } from './signals.ts';
import { createSlots } from './slots.ts';
import { createStatusReader, NO_STATUS } from './status.ts';
import { endStrangers } from './strangers.ts';

export interface LocalDriverOptions {
  /** `.toehold/runs`, absolute: a run's directory is `<runsDir>/<run id>`. */
  readonly runsDir: string;
  /** The control plane's own environment, as it was started with. */
  readonly hostEnvironment: Variables;
  /** Names of variables that configure the control plane, besides `TOEHOLD_*`, HOST, PORT, DATA_DIR and APPS_DIR. */
  readonly controlPlaneVariables?: readonly string[];
  /** As whom apps and their installations run; as whoever this process is where it is not given, or null. */
  readonly appUser?: AppUser | null;
  /** Which of the host's variables apps of another user get, besides a few (TOEHOLD_PASS_ENV). */
  readonly passEnv?: readonly string[];
  /** Whether what is read for an app may lie outside of APPS_DIR, behind symlinks (TOEHOLD_ALLOW_OUTSIDE). */
  readonly allowOutside?: boolean;
  /** Its timers pace the looks at the system. */
  readonly clock: Clock;
  /** How many installations may run at once: the number of cores. */
  readonly installSlots: number;
  readonly installs: InstallStore;
  /** The mark of a run of this control plane is `<markPrefix>-<run id>`, and no other one's begins like that. */
  readonly markPrefix: string;
  /** How the system is asked; found out where it is not given. */
  readonly platform?: Platform;
}

/** Runs apps as processes of this machine, each in a group of its own that outlives the control plane. */
export function createLocalDriver(options: LocalDriverOptions): Driver {
  const { clock, runsDir, appUser: user = null, allowOutside = false } = options;
  const platform = options.platform ?? createPlatform();
  const { processes } = platform;
  const rules = { own: options.controlPlaneVariables, user, pass: options.passEnv };
  const host = hostVariables(options.hostEnvironment, rules);
  const forInstalling = installVariables(options.hostEnvironment, rules);
  const groups =
    platform.controlGroup === null ? null : new RunGroups(platform.controlGroup, options.markPrefix);
  const members = new Members(processes, clock);
  const uid = user?.uid ?? process.getuid?.() ?? null;
  const slots = createSlots(options.installSlots);
  const runs = new Map<RunId, LocalRun>();
  const outbox = createOutbox((run) => runs.delete(run));
  let closed = false;

  const directoryOf = (run: RunId): string => join(runsDir, String(run));
  const status = createStatusReader(platform, members, clock);
  const watch = createEndWatch({
    ...{ clock, processes, members },
    ...{ found: someLeft, empty: (run) => void nobodyLeft(run) },
  });
  const readiness = createReadiness({
    clock,
    platform,
    members,
    ready: (run, address) => tell(run, { type: 'LISTENING', address }),
  });

  function tell(run: LocalRun, event: DriverEvent): void {
    if (!run.over) outbox.post(run.spec.run, event);
  }

  function finish(run: LocalRun, event: DriverEvent): void {
    if (run.over) return;
    run.over = true;
    watch.forget(run);
    readiness.forget(run);
    status.forget(run);
    members.forget(run);
    if (run.controlGroup !== null) groups?.release(run.controlGroup);
    outbox.post(run.spec.run, event);
  }

  const cancelled = (run: LocalRun): void => finish(run, { type: 'ENDED', ...UNKNOWN_STATUS });

  function tellStarted(run: LocalRun): void {
    if (run.startedTold) return;
    run.startedTold = true;
    members.follow(run);
    tell(run, { type: 'STARTED', handle: makeHandle(run, processes.boot), pid: run.script?.pid ?? null });
    if (run.spec.port !== null && !run.stopping) readiness.watch(run);
  }

  async function shimEnded(run: LocalRun, code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    const exit = await readExitFile(run.directory);
    if (exit) run.status = { code: exit.code, signal: exit.signal };
    // Where the disk was full the shim still ends with the script's code; where it was killed nobody knows,
    // unless it had not begun.
    else if (signal === null || !(await readPidFile(run.directory))) run.status = fromChild(code, signal);
    run.shim = null;
    if (closed) return;
    tellStarted(run);
    settled(run);
    watch.watch(run);
  }

  function settled(run: LocalRun): void {
    if (run.stage !== 'SPAWNED') return;
    run.stage = 'RUNNING';
    if (run.stopping) void send(run, run.killing ? 'SIGKILL' : 'SIGTERM');
  }

  function someLeft(run: LocalRun, living: readonly ProcessRow[]): void {
    if (run.killing) void signalRun(run, 'SIGKILL', processes, members);
    if (run.status === null) void readExitFile(run.directory).then((exit) => noteExit(run, exit));
    const others = living.some(({ pid }) => pid !== run.shimIdentity?.pid);
    if (run.status === null || !run.startedTold || run.scriptEndedTold || !others) return;
    run.scriptEndedTold = true;
    tell(run, { type: 'SCRIPT_ENDED', ...run.status });
  }

  function noteExit(run: LocalRun, exit: Awaited<ReturnType<typeof readExitFile>>): void {
    if (exit && !run.over && run.status === null) {
      run.status = { code: exit.code, signal: exit.signal };
      watch.watch(run);
    }
  }

  async function nobodyLeft(run: LocalRun): Promise<void> {
    // A child that was not reaped will tell more, and is watched again then.
    if (run.shim || run.installer) return;
    const exit = run.status ?? (run.startedTold ? await readExitFile(run.directory) : null);
    if (run.failure) {
      finish(run, { type: 'PREPARE_FAILED', message: run.failure.message, ...run.failure.status });
    } else {
      finish(run, { type: 'ENDED', code: exit?.code ?? null, signal: exit?.signal ?? null });
    }
  }

  async function send(run: LocalRun, signal: RunSignal): Promise<void> {
    const found = await signalRun(run, signal, processes, members);
    if (closed || run.over) return;
    if (found === 0 || run.killing) watch.watch(run);
  }

  /** What a signal does depends on how far the run is. */
  function end(id: RunId, signal: RunSignal): void {
    const run = runs.get(id);
    if (!run) {
      outbox.post(id, { type: 'ENDED', ...UNKNOWN_STATUS });
      return;
    }
    if (run.over) return;
    run.stopping = true;
    run.killing ||= signal === 'SIGKILL';
    readiness.forget(run);
    if (run.stage === 'QUEUED' || run.stage === 'PREPARED') {
      run.leaveQueue();
      cancelled(run);
    } else if (
      run.stage === 'INSTALLING' ||
      run.stage === 'RUNNING' ||
      (run.stage === 'SPAWNED' && run.killing)
    ) {
      void send(run, signal);
    }
    // PLANNING, LAUNCHING, RECOVERING: seen at their next step. SPAWNED: a SIGTERM now would reach the shim alone,
    // and the script would begin after it.
  }

  function made(spec: RunSpec, stage: Stage): LocalRun {
    const run = newRun(spec, directoryOf(spec.run), stage, uid);
    run.controlGroup = groups?.make(spec.run) ?? null;
    return run;
  }

  /** From now on it is known as where there are no cgroups. */
  function outsideGroup(run: LocalRun): void {
    if (run.controlGroup !== null) removeTree(run.controlGroup);
    run.controlGroup = null;
  }

  function begin(run: LocalRun): void {
    run.stage = 'LAUNCHING';
    void launch(run, {
      host,
      user,
      allowOutside,
      platform,
      clock,
      outsideGroup,
      failed: (failed, message) => finish(failed, { type: 'START_FAILED', message }),
      noted: (noted, text) => tell(noted, { type: 'NOTED', text }),
      cancelled,
      shimEnded: (ended, code, signal) => void shimEnded(ended, code, signal),
      started: tellStarted,
      settled,
    });
  }

  return {
    name: DRIVER_NAME,
    capabilities: {
      portsFromSupervisor: true,
      installs: true,
      outlivesControlPlane: true,
      containment: groups ? 'CGROUP' : processes.tellsMarks ? 'DESCENT' : 'PROCESS_GROUP',
    },
    boot: { name: processes.boot, isThis: processes.isThisBoot },
    observe: outbox.observe,
    prepare(spec) {
      const run = made(spec, 'PLANNING');
      runs.set(spec.run, run);
      void prepare(run, {
        host: forInstalling,
        user,
        allowOutside,
        slots,
        processes,
        installs: options.installs,
        now: () => clock.now(),
        outsideGroup,
        begins: (preparing) => tell(preparing, { type: 'PREPARING' }),
        prepared: (preparing) => {
          preparing.stage = 'PREPARED';
          tell(preparing, { type: 'PREPARED' });
        },
        failed: (preparing, message) => {
          finish(preparing, { type: 'PREPARE_FAILED', message, ...UNKNOWN_STATUS });
        },
        cancelled,
        ended: (preparing) => {
          if (!closed) watch.watch(preparing);
        },
      });
    },
    start(spec) {
      const run = runs.get(spec.run) ?? made(spec, 'LAUNCHING');
      runs.set(spec.run, run);
      run.spec = spec;
      if (!run.over) begin(run);
    },
    async recover(spec, handle) {
      const run = newRun(spec, directoryOf(spec.run), 'RECOVERING', uid);
      runs.set(spec.run, run);
      const recovery = await recoverRun(run, handle, { processes, members, groups });
      if (recovery.found !== 'ALIVE' || closed) {
        run.over = true;
        runs.delete(spec.run);
        return recovery;
      }
      // After the caller has the answer.
      setImmediate(() => {
        if (closed || run.over) return;
        run.stage = 'RUNNING';
        members.follow(run);
        watch.watch(run);
        if (run.stopping) void send(run, run.killing ? 'SIGKILL' : 'SIGTERM');
        else if (spec.port !== null) readiness.watch(run);
      });
      return recovery;
    },
    stop: (run) => end(run, 'SIGTERM'),
    signal: end,
    async status(id) {
      const run = runs.get(id);
      return run ? status.read(run) : NO_STATUS;
    },
    logs: (run) => ({ kind: 'files', directory: directoryOf(run) }),
    async runOf(pid) {
      const grouped = groups?.runOf(pid) ?? null;
      if (grouped !== null) return grouped;
      const row = (await processes.scan()).rows.get(pid);
      // Only what runs as the apps do may say so itself.
      if (!row?.mark?.startsWith(`${options.markPrefix}-`) || row.uid !== uid) return null;
      const id = Number(row.mark.slice(options.markPrefix.length + 1));
      return Number.isInteger(id) ? id : null;
    },
    endStrangers: (live) => endStrangers(processes, options.markPrefix, live, groups),
    close() {
      closed = true;
      outbox.close();
      // What is under way goes no further: nothing is spawned or signalled from now on.
      for (const run of runs.values()) run.stopping = run.over = true;
      watch.close();
      readiness.close();
      members.close();
      groups?.close();
      runs.clear();
    },
  };
}
