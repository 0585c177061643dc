import type { Readiness, Supervisor } from '../contracts/supervisor.ts';
import { isDown } from '../core/app.ts';
import { liveRun } from '../core/lifecycle.ts';
import { type BootParts, boot } from './boot.ts';
import type { Maintenance } from './maintenance.ts';
import type { Operations } from './operations/operations.ts';
import type { PortWatch } from './ports/watch.ts';
import { shutDown } from './shutdown.ts';

/** The supervisor's own life, for the part that builds it. */
export interface SupervisorControl {
  readonly supervisor: Supervisor;
  readonly readiness: Readiness;
  /**
   * Recovers runs, finds apps, starts those that should run, and watches (docs/behavior.md A6).
   * @throws the database's error
   */
  start(): Promise<void>;
  /**
   * Ends every app (with `detach`, none), and then all work of the supervisor.
   * `clean` is false where SIGKILL was needed. After `force` it does not wait for the grace.
   */
  shutdown(detach: boolean): Promise<{ readonly clean: boolean }>;
  /** Sends SIGKILL to everything that still runs. A shutdown that is under way then ends at once. */
  force(): void;
}

interface ControlParts extends BootParts {
  readonly supervisor: Supervisor;
  readonly operations: Operations;
  readonly portWatch: PortWatch;
  readonly maintenance: Maintenance;
  /** How long an app may take to end, in milliseconds. */
  readonly stopGrace: number;
}

/** Starts the supervisor once, and ends it once. */
export class Control implements SupervisorControl {
  readonly supervisor: Supervisor;
  readonly readiness: Readiness;
  private readonly parts: ControlParts;
  private state: 'STARTING' | 'READY' | 'STOPPING' = 'STARTING';
  private starting: Promise<void> = Promise.resolve();

  constructor(parts: ControlParts) {
    this.parts = parts;
    this.supervisor = parts.supervisor;
    this.readiness = { problems: () => this.problems(), appsDown: () => this.appsDown() };
  }

  start(): Promise<void> {
    this.starting = this.boot();
    return this.starting;
  }

  async shutdown(detach: boolean): Promise<{ clean: boolean }> {
    const { operations, maintenance, portWatch } = this.parts;
    this.state = 'STOPPING';
    operations.refuseAll();
    maintenance.stop();
    portWatch.close();
    // A start that is under way ends after its present step. Where it fails, the caller of `start` gets the error.
    await this.starting.catch(() => {});
    return { clean: await shutDown({ ...this.parts, detach }) };
  }

  force(): void {
    const { registry, driver } = this.parts;
    for (const runner of registry.all()) {
      const run = liveRun(runner.record.lifecycle.phase);
      if (!run) continue;
      // As at the end of its grace, so that its exit says so; and at once, where the database takes no changes.
      runner.post({ type: 'TIMER', timer: 'grace' });
      driver.signal(run.id, 'SIGKILL');
    }
  }

  private async boot(): Promise<void> {
    if (!(await boot(this.parts, () => this.state === 'STOPPING'))) return;
    this.parts.maintenance.start();
    this.state = 'READY';
  }

  private problems(): readonly string[] {
    if (this.state === 'STARTING') return ['The control plane is starting'];
    if (this.state === 'STOPPING') return ['The control plane is shutting down'];
    const problem = this.parts.observations.appsDirProblem();
    return problem === null ? [] : [problem];
  }

  private appsDown(): number {
    return this.supervisor.apps().filter(isDown).length;
  }
}
