import { join } from 'node:path';
import type { Clock } from '../../contracts/clock.ts';
import type {
  Driver,
  DriverCapabilities,
  ListeningAddress,
  LogSource,
  Recovery,
  RunSpec,
  RunStatus,
} from '../../contracts/driver.ts';
import type { InstallStore } from '../../contracts/stores.ts';
import type { DriverHandle, RunId } from '../../core/run.ts';
import type { RunEvent } from '../../core/run-events.ts';
import type { AppUser } from '../../host/app-user.ts';
import { RunGroups } from './control-groups.ts';
import { EndWatch } from './end-watch.ts';
import { hostVariables, installVariables, type Variables } from './environment.ts';
import { UNKNOWN_STATUS } from './exit-status.ts';
import { DRIVER_NAME } from './handle.ts';
import { InstallQueue } from './install-queue.ts';
import { Members } from './members.ts';
import { Outbox } from './outbox.ts';
import { createPlatform, type Platform } from './platform.ts';
import { Readiness } from './readiness.ts';
import { Run } from './run.ts';
import type { RunParts } from './run-parts.ts';
import { RunSockets } from './run-sockets.ts';
import type { RunSignal } from './signals.ts';
import { NO_STATUS, StatusReader } from './status.ts';
import { endStrangers } from './strangers.ts';

export interface LocalDriverOptions {
  /** `.toehold/runs`, absolute: a run's directory is `<runsDir>/<run id>`. */
  readonly runsDir: string;
  /** The control plane's own environment, as it was started with. */
  readonly hostEnvironment: Variables;
  /** Names of variables that configure the control plane, besides `TOEHOLD_*`, HOST, PORT, DATA_DIR and APPS_DIR. */
  readonly controlPlaneVariables?: readonly string[];
  /** As whom apps and their installations run; the user of this process where it is left out, or null. */
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
class LocalDriver implements Driver {
  readonly name = DRIVER_NAME;
  readonly capabilities: DriverCapabilities;
  readonly boot: Driver['boot'];
  readonly #options: LocalDriverOptions;
  readonly #parts: RunParts;
  readonly #runs = new Map<RunId, Run>();
  #closed = false;

  constructor(options: LocalDriverOptions) {
    this.#options = options;
    this.#parts = partsOf(options, (run) => this.#runs.delete(run));
    const { groups, platform } = this.#parts;
    const { boot, isThisBoot, tellsMarks } = platform.processes;
    this.boot = { name: boot, isThis: isThisBoot };
    this.capabilities = {
      portsFromSupervisor: true,
      installs: true,
      outlivesControlPlane: true,
      containment: groups ? 'CGROUP' : tellsMarks ? 'DESCENT' : 'PROCESS_GROUP',
    };
  }

  observe(listener: (run: RunId, event: RunEvent) => void): void {
    this.#parts.outbox.observe(listener);
  }

  begin(spec: RunSpec): void {
    const run = this.#add(spec);
    void run.begin();
  }

  async recover(spec: RunSpec, handle: DriverHandle | null): Promise<Recovery> {
    const run = this.#add(spec);
    const recovery = await run.recover(handle);
    if (recovery.found === 'ALIVE' && !this.#closed) {
      // After the caller has the answer.
      setImmediate(() => run.follow());
    } else {
      run.letGo();
      this.#runs.delete(spec.run);
    }
    return recovery;
  }

  stop(run: RunId): void {
    this.signal(run, 'SIGTERM');
  }

  signal(id: RunId, signal: RunSignal): void {
    const run = this.#runs.get(id);
    if (run) run.end(signal);
    else this.#parts.outbox.post(id, { type: 'ENDED', ...UNKNOWN_STATUS });
  }

  async status(id: RunId): Promise<RunStatus> {
    const run = this.#runs.get(id);
    return run ? this.#parts.status.read(run) : NO_STATUS;
  }

  async owns(id: RunId, pid: number): Promise<boolean> {
    const run = this.#runs.get(id);
    return run ? this.#parts.runSockets.owns(run, pid) : false;
  }

  async listening(id: RunId, port?: number): Promise<readonly ListeningAddress[] | null> {
    const run = this.#runs.get(id);
    return run ? this.#parts.runSockets.listening(run, port) : [];
  }

  logs(run: RunId): LogSource {
    return { kind: 'files', directory: this.#directoryOf(run) };
  }

  async runOf(pid: number): Promise<RunId | null> {
    const { groups, platform, uid } = this.#parts;
    const grouped = groups?.runOf(pid) ?? null;
    if (grouped !== null) return grouped;
    const row = (await platform.processes.scan()).rows.get(pid);
    const { markPrefix } = this.#options;
    // Only a process of the apps' own user is believed.
    if (!row?.mark?.startsWith(`${markPrefix}-`) || row.uid !== uid) return null;
    const id = Number(row.mark.slice(markPrefix.length + 1));
    return Number.isInteger(id) ? id : null;
  }

  endStrangers(live: ReadonlySet<string>): Promise<number> {
    const { platform, groups } = this.#parts;
    return endStrangers(platform.processes, this.#options.markPrefix, live, groups);
  }

  close(): void {
    this.#closed = true;
    const { outbox, endWatch, readiness, members, groups } = this.#parts;
    outbox.close();
    for (const run of this.#runs.values()) run.letGo();
    endWatch.close();
    readiness.close();
    members.close();
    groups?.close();
    this.#runs.clear();
  }

  #add(spec: RunSpec): Run {
    const run = new Run(spec, this.#directoryOf(spec.run), this.#parts);
    this.#runs.set(spec.run, run);
    return run;
  }

  #directoryOf(run: RunId): string {
    return join(this.#options.runsDir, String(run));
  }
}

/** @param over called right before a run's last event is reported. */
function partsOf(options: LocalDriverOptions, over: (run: RunId) => void): RunParts {
  const { clock, installs, appUser: user = null, allowOutside = false } = options;
  const platform = options.platform ?? createPlatform();
  const { processes, controlGroup } = platform;
  const members = new Members(processes, clock);
  const rules = { own: options.controlPlaneVariables, user, pass: options.passEnv };
  return {
    clock,
    platform,
    members,
    groups: controlGroup === null ? null : new RunGroups(controlGroup, options.markPrefix),
    endWatch: new EndWatch(clock, processes, members),
    readiness: new Readiness(clock, platform, members),
    status: new StatusReader(members, clock),
    runSockets: new RunSockets(platform, members),
    outbox: new Outbox(over),
    installs,
    installQueue: new InstallQueue(options.installSlots),
    appEnvironment: hostVariables(options.hostEnvironment, rules),
    installEnvironment: installVariables(options.hostEnvironment, rules),
    user,
    uid: user?.uid ?? process.getuid?.() ?? null,
    allowOutside,
  };
}

export function createLocalDriver(options: LocalDriverOptions): Driver {
  return new LocalDriver(options);
}
