import type { AppFiles, Discovery, Stray } from '../contracts/discovery.ts';
import type { Driver } from '../contracts/driver.ts';
import type { RunPage, RunPageRequest, RunStore } from '../contracts/stores.ts';
import type {
  AppRef,
  AppView,
  CommandOptions,
  PortRangeView,
  PortUse,
  PortView,
  RemovedApp,
  Supervisor,
  SupervisorInfo,
  UsageView,
} from '../contracts/supervisor.ts';
import type { Role } from '../core/access.ts';
import type { AppId } from '../core/app.ts';
import type { AppAccess } from '../core/app-access.ts';
import type { Result } from '../core/errors.ts';
import { liveRun } from '../core/lifecycle.ts';
import type { Release } from '../core/release.ts';
import type { Run, RunId } from '../core/run.ts';
import { viewOf } from './app-view.ts';
import type { Journal } from './journal.ts';
import type { Activation } from './operations/activate.ts';
import type { Assignments } from './operations/assign.ts';
import type { IconChange } from './operations/icon.ts';
import type { Removal } from './operations/remove.ts';
import type { Rename } from './operations/rename.ts';
import type { StartStop } from './operations/start-stop.ts';
import type { PortViews } from './ports/views.ts';
import type { Registry } from './registry.ts';
import type { RunAccess } from './run-access.ts';

interface AppSupervisorParts {
  readonly info: SupervisorInfo;
  readonly registry: Registry;
  readonly journal: Pick<Journal, 'version'>;
  readonly runs: RunStore;
  readonly files: Pick<AppFiles, 'releases'>;
  readonly discovery: Pick<Discovery, 'strays'>;
  readonly driver: Pick<Driver, 'status'>;
  readonly startStop: StartStop;
  readonly rename: Rename;
  readonly removal: Removal;
  readonly icon: IconChange;
  readonly activation: Activation;
  readonly assignments: Assignments;
  readonly runAccess: RunAccess;
  readonly portViews: PortViews;
}

/** The facade: sends each command to its operation, and each question to the part that knows. */
export class AppSupervisor implements Supervisor {
  readonly info: SupervisorInfo;
  private readonly parts: AppSupervisorParts;

  constructor(parts: AppSupervisorParts) {
    this.info = parts.info;
    this.parts = parts;
  }

  get version(): number {
    return this.parts.journal.version;
  }

  apps(): readonly AppView[] {
    return this.parts.registry.listed().map(({ record }) => viewOf(record));
  }

  app(ref: AppRef): AppView | null {
    const runner = this.parts.registry.find(ref);
    return runner && viewOf(runner.record);
  }

  appById(id: AppId): AppView | null {
    const runner = this.parts.registry.withId(id);
    return runner && viewOf(runner.record);
  }

  strays(): readonly Stray[] {
    return this.parts.discovery.strays();
  }

  start(ref: AppRef, options: CommandOptions): Promise<Result<AppView>> {
    return this.parts.startStop.start(ref, options);
  }

  stop(ref: AppRef, options: CommandOptions): Promise<Result<AppView>> {
    return this.parts.startStop.stop(ref, options);
  }

  restart(ref: AppRef, options: CommandOptions): Promise<Result<AppView>> {
    return this.parts.startStop.restart(ref, options);
  }

  rename(ref: AppRef, name: string, options: CommandOptions): Promise<Result<AppView>> {
    return this.parts.rename.rename(ref, name, options);
  }

  setIcon(ref: AppRef, icon: string | null, options: CommandOptions): Promise<Result<AppView>> {
    return this.parts.icon.set(ref, icon, options);
  }

  remove(ref: AppRef, options: CommandOptions): Promise<Result<RemovedApp>> {
    return this.parts.removal.remove(ref, options);
  }

  activateRelease(ref: AppRef, release: string, options: CommandOptions): Promise<Result<AppView>> {
    return this.parts.activation.activate(ref, release, options);
  }

  assignPort(ref: AppRef, port: number, options: CommandOptions): Promise<Result<AppView>> {
    return this.parts.assignments.assignPort(ref, port, options);
  }

  grantAccess(ref: AppRef, role: Role | null, options: CommandOptions): Promise<Result<AppView>> {
    return this.parts.assignments.grantAccess(ref, role, options);
  }

  access(app: AppView): AppAccess {
    return this.parts.runAccess.of(app);
  }

  run(id: RunId): Run | null {
    return this.parts.runs.get(id);
  }

  runs(app: AppId, request: RunPageRequest): RunPage {
    return this.parts.runs.page(app, request);
  }

  runCount(app: AppId): number {
    return this.parts.runs.count(app);
  }

  async releases(app: AppId): Promise<readonly Release[]> {
    const runner = this.parts.registry.find({ id: app });
    return runner ? this.parts.files.releases(runner.record.name) : [];
  }

  async usage(app: AppId): Promise<UsageView | null> {
    const phase = this.parts.registry.withId(app)?.record.lifecycle.phase;
    const run = phase && liveRun(phase);
    if (!run) return null;
    const { pids, cpuPercent, cpuSeconds, memoryBytes } = await this.parts.driver.status(run.id);
    return pids.length === 0 ? null : { cpuPercent, cpuSeconds, memoryBytes, processes: pids.length };
  }

  ports(): readonly PortView[] {
    return this.parts.portViews.all();
  }

  portOf(app: AppId): PortView | null {
    return this.parts.portViews.ofApp(app);
  }

  portById(id: number): PortView | null {
    return this.parts.portViews.withId(id);
  }

  portUse(port: PortView): Promise<PortUse> {
    return this.parts.portViews.use(port);
  }

  portRange(): PortRangeView {
    return this.parts.portViews.range();
  }

  freePorts(): Promise<number> {
    return this.parts.portViews.free();
  }
}
