import type { Clock } from '../../contracts/clock.ts';
import type { PortProbe } from '../../contracts/ports.ts';
import type { AppRecord, PortLease, PortStore } from '../../contracts/stores.ts';
import type { AppId } from '../../core/app.ts';
import { type DomainError, failed, ok, type PortHolder, type Result } from '../../core/errors.ts';
import { type AppFact, type NewEvent, SUPERVISOR_ACTOR } from '../../core/events.ts';
import { choosePort, type PortChoice } from '../../core/port-lease.ts';
import type { Journal } from '../journal.ts';
import { PortConflicts } from './conflicts.ts';

export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** A port that an app may now bind, and a line for its log where it is another one than before. */
export interface Claim {
  readonly port: number;
  readonly note: string | null;
}

/** The app's own port is held by somebody else, and is worth waiting for. */
export interface Wait {
  /** Who holds it, and what follows: a sentence for a person. */
  readonly waits: string;
}

/** The error of an app that found every port of the range held (docs/behavior.md B-16). */
export const NO_PORTS = 'No available ports';

/** Gives ports out, one question at a time: two apps never get the same answer. */
export interface PortAllocator {
  /**
   * The app's own port where it can be bound. While one of the app's own former processes holds it, or a stranger has
   * held it for a short time only, the app waits. After that another port is its own for life. Null: none is left.
   */
  claim(app: AppRecord): Promise<Claim | Wait | null>;
  /** Those of the apps that would get a port now, if they asked in this order. */
  whoCanClaim(apps: readonly AppRecord[]): Promise<readonly AppRecord[]>;
  /** Gives the app, which does not run, this port. Answers whether it is another one than before. */
  assign(app: AppRecord, port: number, actor: string): Promise<Result<boolean>>;
}

export function createPortAllocator(options: {
  readonly range: PortRange;
  /** The server's own port. */
  readonly never: () => readonly number[];
  readonly ports: PortStore;
  readonly probe: PortProbe;
  /** How long a stranger may hold an app's port before the app takes another one, in milliseconds. */
  readonly patience: number;
  /** Whether the process is one that a run of the app has left. */
  readonly isFormer: (app: AppId, pid: number) => Promise<boolean>;
  readonly journal: Journal;
  readonly clock: Clock;
  /** The apps whose directory is gone, the one longest gone first. */
  readonly goneApps: () => readonly AppRecord[];
}): PortAllocator {
  const { range, ports, probe, journal, clock, goneApps } = options;
  const conflicts = new PortConflicts(clock, options.patience);
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time, in the order of asking. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  }

  async function holderOf(port: number): Promise<PortHolder | null> {
    return (await probe.holders([port])).get(port) ?? null;
  }

  async function claim(app: AppRecord): Promise<Claim | Wait | null> {
    const lease = ports.ofApp(app.id);
    if (lease === null) {
      const port = await takeFree(app, null);
      return port === null ? null : { port, note: null };
    }
    if (await probe.canBind(lease.port)) {
      conflicts.over(app.id);
      return { port: lease.port, note: null };
    }
    const holder = await holderOf(lease.port);
    const pid = holder?.pid ?? null;
    const { isNew, isLasting } = conflicts.met(app.id, lease.port, { pid });
    if (isNew) {
      const conflict: AppFact = { type: 'PortConflict', port: lease.port, holder };
      journal.commit(() => events(app, [conflict]));
    }
    const held = `Port ${lease.port} is held by ${describeHolder(holder)}`;
    if (pid !== null && (await options.isFormer(app.id, pid)))
      return { waits: `${held}, which a run of this app has left: it is tried again` };
    if (!isLasting)
      return {
        waits: `${held}: it is tried again, and after ${options.patience / 1_000} s another one is taken`,
      };
    const port = await takeFree(app, lease);
    if (port === null) return null;
    conflicts.over(app.id);
    return { port, note: `${held}, taking ${port} for good` };
  }

  /** The lowest port that is free for everybody; committed as the app's before it is answered. */
  async function takeFree(app: AppRecord, lease: PortLease | null): Promise<number | null> {
    const choice = await findFree(new Set(lease ? [lease.port] : []));
    if (choice === null) return null;
    const { port, takenFromGone } = choice;
    const giver = takenFromGone ? ports.all().find((other) => other.port === port) : undefined;
    commitAssign(app, port, giver, SUPERVISOR_ACTOR);
    return port;
  }

  /** Every port that it finds in use is one of the unavailable ones afterwards. */
  async function findFree(unavailable: Set<number>): Promise<PortChoice | null> {
    for (;;) {
      const leases = ports.all();
      const gone = goneApps().flatMap(({ id }) => leases.find((held) => held.app === id)?.port ?? []);
      const held = new Set(leases.map(({ port }) => port));
      const choice = choosePort({ ...range, never: options.never(), held, gone, unavailable });
      if (choice === null || (await probe.canBind(choice.port))) return choice;
      unavailable.add(choice.port);
    }
  }

  async function whoCanClaim(apps: readonly AppRecord[]): Promise<readonly AppRecord[]> {
    const unavailable = new Set<number>();
    const able: AppRecord[] = [];
    for (const app of apps) {
      const lease = ports.ofApp(app.id);
      const keeps = lease !== null && (await probe.canBind(lease.port));
      const choice = keeps ? null : await findFree(unavailable);
      if (choice !== null) unavailable.add(choice.port);
      if (keeps || choice !== null) able.push(app);
    }
    return able;
  }

  function commitAssign(app: AppRecord, port: number, giver: PortLease | undefined, actor: string): void {
    journal.commit(() => {
      const previousPort = ports.ofApp(app.id)?.port ?? null;
      const given = giver ? released(giver.app) : [];
      ports.assign(app.id, port, clock.now());
      return [...given, ...events(app, [{ type: 'PortAssigned', port, previousPort }], actor)];
    });
  }

  function released(app: AppId): NewEvent[] {
    const owner = goneApps().find(({ id }) => id === app);
    const port = ports.release(app);
    return owner && port !== null ? events(owner, [{ type: 'PortReleased', port }]) : [];
  }

  function events(app: AppRecord, facts: readonly AppFact[], actor = SUPERVISOR_ACTOR): NewEvent[] {
    return facts.map((fact) => ({ at: clock.now(), actor, fact, app: { id: app.id, name: app.name } }));
  }

  async function assign(app: AppRecord, port: number, actor: string): Promise<Result<boolean>> {
    if (!Number.isInteger(port) || port < range.min || port > range.max) {
      const message = `Port ${port} is not in the range ${range.min} to ${range.max}`;
      return failed({ code: 'INVALID_INPUT', message, path: ['port'] });
    }
    const lease = ports.ofApp(app.id);
    if (lease?.port === port) return ok(false);
    if (options.never().includes(port)) return unavailable(`Port ${port} is the control plane's own`, null);
    if (ports.all().some((other) => other.port === port)) {
      return unavailable(`Port ${port} is held by another app`, null);
    }
    if (!(await probe.canBind(port))) {
      const holder = await holderOf(port);
      return unavailable(`Port ${port} is held by ${describeHolder(holder)}`, holder);
    }
    commitAssign(app, port, undefined, actor);
    conflicts.over(app.id);
    return ok(true);
  }

  return {
    claim: (app) => inTurn(() => claim(app)),
    whoCanClaim: (apps) => inTurn(() => whoCanClaim(apps)),
    assign: (app, port, actor) => inTurn(() => assign(app, port, actor)),
  };
}

/** "pid 4711 (python3 -m http.server)", as far as it is known. */
export function describeHolder(holder: PortHolder | null): string {
  if (holder === null || holder.pid === null) return 'somebody else';
  return `pid ${holder.pid}${holder.command === null ? '' : ` (${holder.command})`}`;
}

function unavailable(message: string, holder: PortHolder | null): Result<never> {
  return failed({ code: 'PORT_UNAVAILABLE', message, holder } satisfies DomainError);
}
