import type { Clock } from '../../contracts/clock.ts';
import type { Driver } from '../../contracts/driver.ts';
import type { PortProbe } from '../../contracts/ports.ts';
import type { AppRecord, PortLease, PortStore, RunStore } from '../../contracts/stores.ts';
import type { AppId } from '../../core/app.ts';
import { failed, ok, type PortHolder, type Result } from '../../core/errors.ts';
import { type AppFact, type NewEvent, SUPERVISOR_ACTOR } from '../../core/events.ts';
import { choosePort, type PortChoice } from '../../core/port-lease.ts';
import type { Journal } from '../journal.ts';
import type { Registry } from '../registry.ts';
import { PortConflicts } from './conflicts.ts';

/** The ports that apps get, both ends included. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** A port that an app may bind now. */
interface Claim {
  readonly port: number;
  /** A line for the app's log where the port is another one than before; else null. */
  readonly note: string | null;
}

/** Another process holds the app's own port, and the app waits for it. */
interface Wait {
  /** Who holds the port, and what happens next: a sentence for a person. */
  readonly waits: string;
}

/** The error of an app that found every port of the range held (docs/behavior.md B-16). */
export const NO_PORTS = 'No available ports';

interface PortAllocatorParts {
  readonly range: PortRange;
  /** The server's own port, which no app gets. */
  readonly ownPort: number;
  /** How long another process may hold an app's port before the app takes another one, in milliseconds. */
  readonly patience: number;
  readonly ports: PortStore;
  readonly runs: Pick<RunStore, 'get'>;
  readonly probe: PortProbe;
  readonly driver: Pick<Driver, 'runOf'>;
  readonly registry: Registry;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Gives ports to apps. It answers one question at a time, so that two apps never get the same port. */
export class PortAllocator {
  private readonly parts: PortAllocatorParts;
  private readonly conflicts: PortConflicts;
  private last: Promise<unknown> = Promise.resolve();

  constructor(parts: PortAllocatorParts) {
    this.parts = parts;
    this.conflicts = new PortConflicts(parts.clock, parts.patience);
  }

  /**
   * The app's own port where it can be bound. While a process that one of its own runs has left holds it, or any
   * process has held it for less than `patience`, the app waits. After that another port is its own for life.
   * Null: every port is taken.
   * @throws NotCommitted; the system's error where ports cannot be looked at
   */
  claim(app: AppRecord): Promise<Claim | Wait | null> {
    return this.queued(() => this.claimNow(app));
  }

  /** Those of the apps that would get a port now, if they asked in this order. */
  whoCanClaim(apps: readonly AppRecord[]): Promise<readonly AppRecord[]> {
    return this.queued(() => this.whoCanClaimNow(apps));
  }

  /**
   * Gives the app, which does not run, this port. Whether it is another one than before, or INVALID_INPUT, or
   * PORT_UNAVAILABLE.
   * @throws as `claim`
   */
  assign(app: AppRecord, port: number, actor: string): Promise<Result<boolean>> {
    return this.queued(() => this.assignNow(app, port, actor));
  }

  private queued<T>(work: () => Promise<T>): Promise<T> {
    const answer = this.last.then(work);
    this.last = answer.catch(() => undefined);
    return answer;
  }

  private async claimNow(app: AppRecord): Promise<Claim | Wait | null> {
    const { ports, probe, journal, patience } = this.parts;
    const lease = ports.ofApp(app.id);
    if (lease === null) {
      const port = await this.takeFree(app, null);
      return port === null ? null : { port, note: null };
    }
    if (await probe.canBind(lease.port)) {
      this.conflicts.over(app.id);
      return { port: lease.port, note: null };
    }
    const holder = await this.holderOf(lease.port);
    const pid = holder?.pid ?? null;
    const { isNew, isLasting } = this.conflicts.met(app.id, lease.port, { pid });
    if (isNew) {
      const conflict: AppFact = { type: 'PortConflict', port: lease.port, holder };
      journal.commit(() => this.events(app, [conflict]));
    }
    const held = `Port ${lease.port} is held by ${describeHolder(holder)}`;
    if (pid !== null && (await this.isLeftOver(app.id, pid)))
      return { waits: `${held}, which a run of this app has left: it is tried again` };
    if (!isLasting)
      return { waits: `${held}: it is tried again, and after ${patience / 1_000} s another one is taken` };
    const port = await this.takeFree(app, lease);
    if (port === null) return null;
    this.conflicts.over(app.id);
    return { port, note: `${held}, taking ${port} for good` };
  }

  /** Whether a run of the app, which may have ended, has left this process. */
  private async isLeftOver(app: AppId, pid: number): Promise<boolean> {
    const run = await this.parts.driver.runOf(pid);
    return run !== null && this.parts.runs.get(run)?.app === app;
  }

  /** The lowest port that no app and no process has. It is committed as the app's before it is returned. */
  private async takeFree(app: AppRecord, lease: PortLease | null): Promise<number | null> {
    const choice = await this.findFree(new Set(lease ? [lease.port] : []));
    if (choice === null) return null;
    const { port, takenFromGone } = choice;
    const giver = takenFromGone ? this.parts.ports.all().find((other) => other.port === port) : undefined;
    this.commitAssign(app, port, giver, SUPERVISOR_ACTOR);
    return port;
  }

  /** Adds every port that it finds in use to `unavailable`. */
  private async findFree(unavailable: Set<number>): Promise<PortChoice | null> {
    const { range, ownPort, ports, probe, registry } = this.parts;
    for (;;) {
      const leases = ports.all();
      const gone = registry.gone().flatMap(({ id }) => leases.find((held) => held.app === id)?.port ?? []);
      const held = new Set(leases.map(({ port }) => port));
      const choice = choosePort({ ...range, never: [ownPort], held, gone, unavailable });
      if (choice === null || (await probe.canBind(choice.port))) return choice;
      unavailable.add(choice.port);
    }
  }

  private async whoCanClaimNow(apps: readonly AppRecord[]): Promise<readonly AppRecord[]> {
    const unavailable = new Set<number>();
    const able: AppRecord[] = [];
    for (const app of apps) {
      const lease = this.parts.ports.ofApp(app.id);
      const keeps = lease !== null && (await this.parts.probe.canBind(lease.port));
      const choice = keeps ? null : await this.findFree(unavailable);
      if (choice !== null) unavailable.add(choice.port);
      if (keeps || choice !== null) able.push(app);
    }
    return able;
  }

  private async assignNow(app: AppRecord, port: number, actor: string): Promise<Result<boolean>> {
    const { range, ownPort, ports, probe } = this.parts;
    if (!Number.isInteger(port) || port < range.min || port > range.max) {
      const message = `Port ${port} is not in the range ${range.min} to ${range.max}`;
      return failed({ code: 'INVALID_INPUT', message, path: ['port'] });
    }
    if (ports.ofApp(app.id)?.port === port) return ok(false);
    if (port === ownPort) return unavailable(`Port ${port} is the control plane's own`, null);
    if (ports.all().some((other) => other.port === port))
      return unavailable(`Port ${port} is held by another app`, null);
    if (!(await probe.canBind(port))) {
      const holder = await this.holderOf(port);
      return unavailable(`Port ${port} is held by ${describeHolder(holder)}`, holder);
    }
    this.commitAssign(app, port, undefined, actor);
    this.conflicts.over(app.id);
    return ok(true);
  }

  private async holderOf(port: number): Promise<PortHolder | null> {
    return (await this.parts.probe.holders([port])).get(port) ?? null;
  }

  private commitAssign(app: AppRecord, port: number, giver: PortLease | undefined, actor: string): void {
    const { ports, journal, clock } = this.parts;
    journal.commit(() => {
      const previousPort = ports.ofApp(app.id)?.port ?? null;
      const given = giver ? this.released(giver.app) : [];
      ports.assign(app.id, port, clock.now());
      return [...given, ...this.events(app, [{ type: 'PortAssigned', port, previousPort }], actor)];
    });
  }

  private released(app: AppId): NewEvent[] {
    const owner = this.parts.registry.gone().find(({ id }) => id === app);
    const port = this.parts.ports.release(app);
    return owner && port !== null ? this.events(owner, [{ type: 'PortReleased', port }]) : [];
  }

  private events(app: AppRecord, facts: readonly AppFact[], actor = SUPERVISOR_ACTOR): NewEvent[] {
    const at = this.parts.clock.now();
    return facts.map((fact) => ({ at, actor, fact, app: { id: app.id, name: app.name } }));
  }
}

/** "pid 4711 (python3 -m http.server)", as far as it is known. */
export function describeHolder(holder: PortHolder | null): string {
  if (holder === null || holder.pid === null) return 'another program';
  return `pid ${holder.pid}${holder.command === null ? '' : ` (${holder.command})`}`;
}

function unavailable(message: string, holder: PortHolder | null): Result<never> {
  return failed({ code: 'PORT_UNAVAILABLE', message, holder });
}
