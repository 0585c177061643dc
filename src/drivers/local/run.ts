import type { ChildProcess } from 'node:child_process';
import type { Recovery, RunSpec } from '../../contracts/driver.ts';
import type { DriverHandle } from '../../core/run.ts';
import { isLastEvent, type RunEvent } from '../../core/run-events.ts';
import { begin } from './begin.ts';
import { removeTree } from './control-groups.ts';
import { type ExitStatus, fromChild, UNKNOWN_STATUS } from './exit-status.ts';
import { makeHandle } from './handle.ts';
import type { ProcessIdentity, ProcessRow } from './process-table.ts';
import { recoverRun } from './recover.ts';
import { readExitFile, readPidFile } from './run-directory.ts';
import type { RunParts } from './run-parts.ts';
import type { InstallFailed, Stage, StartingRun } from './run-processes.ts';
import type { Leader } from './run-tree.ts';
import { type RunSignal, signalRun } from './signals.ts';

/** The shim needs some 2 ms to begin the script; on a busy machine much more, and the run's pid is reported only once. */
const FIRST_LOOK = 1;
const GIVE_UP_AFTER = 2_000;

/** One run: installs, spawns, follows its processes to the last one, and reports each step to the outbox. */
export class Run implements StartingRun {
  readonly spec: RunSpec;
  readonly directory: string;
  readonly mark: string;
  readonly uid: number | null;
  readonly leaders: Leader[] = [];
  readonly followed = new Map<number, number>();
  controlGroup: string | null = null;
  shim: ChildProcess | null = null;
  shimIdentity: ProcessIdentity | null = null;
  installer: ChildProcess | null = null;
  script: ProcessIdentity | null = null;
  listener: ProcessIdentity | null = null;
  stopping = false;
  killing = false;
  over = false;
  portWasFree = false;
  stage: Stage = 'PLANNING';
  readonly #parts: RunParts;
  /** How the script ended; null while it has not, or if its status is lost. */
  #exit: ExitStatus | null = null;
  #isStarted = false;
  #isScriptEnded = false;
  /** What the last event is, if the installation failed and others of it were left. */
  #failure: InstallFailed | null = null;

  constructor(spec: RunSpec, directory: string, parts: RunParts) {
    this.spec = spec;
    this.directory = directory;
    this.mark = spec.mark;
    this.uid = parts.uid;
    this.#parts = parts;
  }

  /** Installs what the release needs, and spawns its script. Never throws: every result is an event. */
  async begin(): Promise<void> {
    this.controlGroup = this.#parts.groups?.make(this.spec.run) ?? null;
    if (await begin(this, this.#parts)) await this.#awaitScript();
  }

  /** Takes the run back from a control plane that is gone. Call `follow` after the caller has the answer ALIVE. */
  async recover(handle: DriverHandle | null): Promise<Recovery> {
    this.stage = 'RECOVERING';
    const recovery = await recoverRun(this, handle, this.#parts);
    this.#isStarted = recovery.found === 'ALIVE';
    return recovery;
  }

  /** Follows a run that was recovered, from now on. */
  follow(): void {
    if (this.over) return;
    this.stage = 'RUNNING';
    this.#parts.members.follow(this);
    this.#parts.endWatch.watch(this);
    if (this.stopping) void this.#send(this.killing ? 'SIGKILL' : 'SIGTERM');
    else if (this.spec.port !== null) this.#parts.readiness.watch(this);
  }

  /** Ends the run by this signal: at once, or as soon as it reaches the processes that it is meant for. */
  end(signal: RunSignal): void {
    if (this.over) return;
    this.stopping = true;
    this.killing ||= signal === 'SIGKILL';
    this.#parts.readiness.forget(this);
    const stage = this.stage;
    if (stage === 'QUEUED') this.cancel();
    // Before the script is there, a SIGTERM would reach the shim alone, and the script would begin after it.
    else if (stage === 'INSTALLING' || stage === 'RUNNING' || (stage === 'SPAWNED' && this.killing))
      void this.#send(signal);
  }

  /** Lets go of the run without touching it: nothing is spawned, signaled or reported from now on. */
  letGo(): void {
    this.stopping = true;
    this.over = true;
  }

  /** Reports an event; after the last one, nothing more. */
  report(event: RunEvent): void {
    if (this.over) return;
    if (isLastEvent(event)) {
      this.over = true;
      const { endWatch, readiness, status, members, groups } = this.#parts;
      endWatch.forget(this);
      readiness.forget(this);
      status.forget(this);
      members.forget(this);
      if (this.controlGroup !== null) groups?.release(this.controlGroup);
    }
    this.#parts.outbox.post(this.spec.run, event);
  }

  installerSpawned(child: ChildProcess, pid: number, isInGroup: boolean): void {
    this.stage = 'INSTALLING';
    this.installer = child;
    this.#leads(pid, isInGroup);
  }

  shimSpawned(child: ChildProcess, pid: number, isInGroup: boolean): void {
    this.stage = 'SPAWNED';
    this.shim = child;
    this.shimIdentity = this.#leads(pid, isInGroup);
    child.once('exit', (code, signal) => this.#shimEnded(code, signal));
  }

  /** The end watch found these processes of the run. */
  someLeft(living: readonly ProcessRow[]): void {
    const { platform, members } = this.#parts;
    // Not `#send`, which would ask for the next look at once: the end watch paces the looks.
    if (this.killing) void signalRun(this, 'SIGKILL', platform.processes, members);
    if (this.#exit === null) this.#noteExitFile();
    const others = living.some(({ pid }) => pid !== this.shimIdentity?.pid);
    if (this.#exit === null || !this.#isStarted || this.#isScriptEnded || !others) return;
    this.#isScriptEnded = true;
    this.report({ type: 'SCRIPT_ENDED', ...this.#exit });
  }

  /** The end watch found no process of the run, and watches it no longer. */
  noneLeft(): void {
    // The exit of a child that was not reaped is still to come, and the run is watched again then.
    if (this.shim || this.installer) return;
    const exit = this.#exit ?? (this.#isStarted ? readExitFile(this.directory) : null);
    this.report(this.#failure ?? { type: 'ENDED', code: exit?.code ?? null, signal: exit?.signal ?? null });
  }

  endsAfterInstall(failure: InstallFailed | null, status: ExitStatus): void {
    if (failure === null) this.#exit = status;
    else this.killing = true;
    this.#failure = failure;
    this.#parts.endWatch.watch(this);
  }

  cancel(): void {
    this.report({ type: 'ENDED', ...UNKNOWN_STATUS });
  }

  /** A process of the run listens on its port. */
  listensAt(address: string): void {
    this.report({ type: 'LISTENING', address });
  }

  /** Where the system let no process of it into its cgroup, the run is known as where there are no cgroups. */
  #leads(pid: number, isInGroup: boolean): ProcessIdentity {
    if (!isInGroup && this.controlGroup !== null) removeTree(this.controlGroup);
    if (!isInGroup) this.controlGroup = null;
    const start = this.#parts.platform.processes.startOfChild(pid);
    this.leaders.push({ pid, start, proven: true });
    return { pid, start };
  }

  /** Looks for what the shim writes of the script, less and less often. */
  async #awaitScript(): Promise<void> {
    for (let waited = 0, delay = FIRST_LOOK; ; delay = Math.min(delay * 2, 100)) {
      await new Promise<void>((resolve) => this.#parts.clock.after(delay, resolve));
      const file = readPidFile(this.directory);
      if (this.over || !this.shim) return;
      this.script = file?.script ?? null;
      waited += delay;
      if (this.script || waited >= GIVE_UP_AFTER) break;
    }
    this.#started();
    this.#settled();
  }

  #started(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { members, platform, readiness } = this.#parts;
    members.follow(this);
    const handle = makeHandle(this, platform.processes.boot);
    this.report({ type: 'STARTED', handle, pid: this.script?.pid ?? null });
    if (this.spec.port !== null && !this.stopping) readiness.watch(this);
  }

  /** The script is there, or never will be: signals reach the processes that they are meant for. */
  #settled(): void {
    if (this.stage !== 'SPAWNED') return;
    this.stage = 'RUNNING';
    if (this.stopping) void this.#send(this.killing ? 'SIGKILL' : 'SIGTERM');
  }

  #shimEnded(code: number | null, signal: NodeJS.Signals | null): void {
    const exit = readExitFile(this.directory);
    const file = readPidFile(this.directory);
    // A script that kills its shim at once does so before anyone has looked for its pid.
    this.script ??= file?.script ?? null;
    if (exit) this.#exit = { code: exit.code, signal: exit.signal };
    // If the disk was full, the shim still ends with the script's code. If the shim was killed, the code is lost,
    // unless the script had not begun.
    else if (signal === null || !file) this.#exit = fromChild(code, signal);
    this.shim = null;
    if (this.over) return;
    this.#started();
    this.#settled();
    this.#parts.endWatch.watch(this);
  }

  #noteExitFile(): void {
    const exit = readExitFile(this.directory);
    if (!exit || this.over || this.#exit !== null) return;
    this.#exit = { code: exit.code, signal: exit.signal };
    this.#parts.endWatch.watch(this);
  }

  async #send(signal: RunSignal): Promise<void> {
    const { platform, members, endWatch } = this.#parts;
    const found = await signalRun(this, signal, platform.processes, members);
    if (!this.over && (found === 0 || this.killing)) endWatch.watch(this);
  }
}
