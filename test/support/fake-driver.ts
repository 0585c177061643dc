import type { Driver, DriverCapabilities, Recovery, RunSpec, RunStatus } from '../../src/contracts/driver.ts';
import type { AppId } from '../../src/core/app.ts';
import type { DriverHandle, RunId } from '../../src/core/run.ts';
import { isLastEvent, type RunEvent } from '../../src/core/run-events.ts';

/** What the runs of an app do by themselves, at once and within the command that asks for it. */
export interface FakeBehaviour {
  /** `nothing`: there is nothing to install. `hangs`: INSTALLING, until the test tells STARTING or how it failed. */
  readonly install?: 'nothing' | 'installs' | 'hangs' | { readonly fails: string; readonly code?: number };
  /** `silent`: it never listens. `exits`: it ends with this code at once. `manual`: after STARTING, the test tells the events. */
  readonly start?: 'listens' | 'silent' | 'manual' | { readonly fails: string } | { readonly exits: number };
  /** What SIGTERM does. `ignores`: only SIGKILL ends it. `leaves`: the script ends, others of the run need SIGKILL. */
  readonly stop?: 'ends' | 'ignores' | 'leaves' | { readonly exits: number };
}

export type FakeCommand =
  | { readonly type: 'begin' | 'recover' | 'stop'; readonly run: RunId }
  | { readonly type: 'signal'; readonly run: RunId; readonly signal: 'SIGTERM' | 'SIGKILL' };

export interface FakeRun {
  readonly spec: RunSpec;
  readonly phase: 'BEGUN' | 'INSTALLING' | 'STARTING' | 'STARTED' | 'SCRIPT_ENDED' | 'ENDED';
  readonly listening: boolean;
}

export interface FakeDriver extends Driver {
  /** Every command so far, in order. */
  readonly commands: readonly FakeCommand[];
  /** Sets what an app's runs do from now on; `'*'` is for every app that has no behaviour of its own. */
  behave(app: AppId | '*', behaviour: FakeBehaviour): void;
  /**
   * Makes an event happen: it changes what the fake knows of the run, and is reported, unless the control plane is gone.
   * @throws Error where the contract forbids the event: an unknown run, or one that has had its last event.
   */
  tell(run: RunId, event: RunEvent): void;
  /** The runs that have processes, oldest first. */
  live(): readonly FakeRun[];
  /** What the fake knows of a run; undefined once it has had its last event (or before its first command). */
  run(run: RunId): FakeRun | undefined;
}

export interface FakeOptions {
  readonly behaviour?: FakeBehaviour;
  readonly capabilities?: Partial<DriverCapabilities>;
  /** For the time at which a run ended that nobody saw; milliseconds since the epoch. */
  readonly now?: () => number;
  /** What `logs` answers: `<runsDir>/<run>`. */
  readonly runsDir?: string;
}

interface State {
  spec: RunSpec;
  phase: FakeRun['phase'];
  listening: boolean;
  /** False from the end of a control plane until the next one recovers the run. */
  observed: boolean;
  /** How it ended while nobody looked. */
  end: { code: number | null; signal: string | null; at: number | null } | null;
}

const UNKNOWN_END = { type: 'ENDED', code: null, signal: null } as const;

/**
 * A driver that runs nothing: its apps do what a script says, or what the test tells them to. Commands
 * are answered within the call, so that a test owns every moment; only LISTENING after a recovery comes
 * in the next turn of the loop, because it must follow the answer. Its runs outlive `close`, so that one
 * fake serves a control plane and the next one.
 */
export function createFakeDriver(options: FakeOptions = {}): FakeDriver {
  const runs = new Map<RunId, State>();
  const behaviours = new Map<AppId | '*', FakeBehaviour>([['*', options.behaviour ?? {}]]);
  const commands: FakeCommand[] = [];
  let listener: ((run: RunId, event: RunEvent) => void) | null = null;

  const behaviourOf = (app: AppId): FakeBehaviour => ({ ...behaviours.get('*'), ...behaviours.get(app) });
  const handleOf = (run: RunId): DriverHandle => ({ driver: 'fake', version: 1, data: { run } });
  const pidOf = (run: RunId): number => 100_000 + run;
  const hasProcesses = (state: State): boolean => state.phase === 'STARTED' || state.phase === 'SCRIPT_ENDED';

  function tell(run: RunId, event: RunEvent): void {
    const state = runs.get(run);
    if (!state || state.phase === 'ENDED')
      throw new Error(`Run ${run} can have no ${event.type}: it is over or unknown`);
    const wasInstalling = state.phase === 'INSTALLING';
    if (isLastEvent(event)) {
      state.phase = 'ENDED';
      if (state.observed) runs.delete(run);
      else if (event.type === 'ENDED') {
        state.end = { code: event.code, signal: event.signal, at: options.now?.() ?? null };
      }
    } else if (event.type === 'LISTENING') state.listening = true;
    else if (event.type !== 'NOTED' && event.type !== 'QUEUED') state.phase = event.type;
    if (state.observed) listener?.(run, event);
    if (wasInstalling && event.type === 'STARTING') start(state.spec);
  }

  /** The run, where it goes on; else the command has had its answer: ENDED. */
  function known(run: RunId): State | null {
    const state = runs.get(run);
    if (state && state.phase !== 'ENDED') return state;
    listener?.(run, UNKNOWN_END);
    return null;
  }

  function terminate(run: RunId, state: State): void {
    if (!hasProcesses(state)) {
      tell(run, UNKNOWN_END);
      return;
    }
    const how = behaviourOf(state.spec.app).stop ?? 'ends';
    if (how === 'ignores' || state.phase === 'SCRIPT_ENDED') return;
    const end =
      typeof how === 'object' ? { code: how.exits, signal: null } : { code: 143, signal: 'SIGTERM' };
    tell(run, { type: how === 'leaves' ? 'SCRIPT_ENDED' : 'ENDED', ...end });
  }

  function start({ run, app, port }: RunSpec): void {
    const how = behaviourOf(app).start ?? 'listens';
    // A listener may have ended the run within its call.
    if (how === 'manual' || runs.get(run)?.phase !== 'STARTING') return;
    if (typeof how === 'object' && 'fails' in how)
      return tell(run, { type: 'START_FAILED', message: how.fails });
    tell(run, { type: 'STARTED', handle: handleOf(run), pid: pidOf(run) });
    if (runs.get(run)?.phase !== 'STARTED') return;
    if (typeof how === 'object') tell(run, { type: 'ENDED', code: how.exits, signal: null });
    else if (how === 'listens' && port !== null) tell(run, { type: 'LISTENING', address: '127.0.0.1' });
  }

  return {
    name: 'fake',
    capabilities: {
      portsFromSupervisor: true,
      installs: true,
      outlivesControlPlane: true,
      containment: 'CGROUP',
      ...options.capabilities,
    },
    boot: { name: 'boot 1', isThis: (name) => name === 'boot 1' },
    commands,
    observe(observer) {
      listener = observer;
    },
    begin(spec) {
      const { run, app } = spec;
      commands.push({ type: 'begin', run });
      runs.set(run, { spec, phase: 'BEGUN', listening: false, observed: true, end: null });
      const how = spec.install ? (behaviourOf(app).install ?? 'nothing') : 'nothing';
      if (how !== 'nothing') tell(run, { type: 'INSTALLING' });
      const phase = runs.get(run)?.phase;
      if (how === 'hangs' || (phase !== 'BEGUN' && phase !== 'INSTALLING')) return;
      if (typeof how === 'object')
        return tell(run, { type: 'INSTALL_FAILED', message: how.fails, code: how.code ?? 1, signal: null });
      tell(run, { type: 'STARTING' });
      if (how === 'nothing') start(spec);
    },
    async recover(spec): Promise<Recovery> {
      commands.push({ type: 'recover', run: spec.run });
      const state = runs.get(spec.run);
      if (state && hasProcesses(state)) {
        state.observed = true;
        if (state.listening) {
          setImmediate(() => {
            if (runs.get(spec.run) === state)
              listener?.(spec.run, { type: 'LISTENING', address: '127.0.0.1' });
          });
        }
        return { found: 'ALIVE', handle: handleOf(spec.run), pid: pidOf(spec.run) };
      }
      runs.delete(spec.run);
      return state?.end ? { found: 'ENDED', ...state.end, rebooted: false } : { found: 'NOT_STARTED' };
    },
    stop(run) {
      commands.push({ type: 'stop', run });
      const state = known(run);
      if (state) terminate(run, state);
    },
    signal(run, signal) {
      commands.push({ type: 'signal', run, signal });
      const state = known(run);
      if (!state) return;
      if (signal === 'SIGTERM') terminate(run, state);
      else tell(run, UNKNOWN_END);
    },
    async status(run): Promise<RunStatus> {
      const state = runs.get(run);
      const alive = state !== undefined && hasProcesses(state);
      return {
        pids: alive ? [pidOf(run)] : [],
        pid: alive ? pidOf(run) : null,
        cpuPercent: 0,
        cpuSeconds: alive ? 1.5 : 0,
        memoryBytes: alive ? 1_048_576 : 0,
      };
    },
    async owns(run, pid) {
      const state = runs.get(run);
      return state !== undefined && hasProcesses(state) && pidOf(run) === pid;
    },
    async listening(run, asked) {
      const state = runs.get(run);
      const port = state?.spec.port ?? null;
      if (!state || !hasProcesses(state) || !state.listening || port === null) return [];
      return asked === undefined || asked === port ? [{ port, address: '127.0.0.1' }] : [];
    },
    logs: (run) => ({ kind: 'files', directory: `${options.runsDir ?? 'runs'}/${run}` }),
    async runOf(pid) {
      const found = [...runs].find(([run, state]) => hasProcesses(state) && pidOf(run) === pid);
      return found?.[0] ?? null;
    },
    async endStrangers(live) {
      const strangers = [...runs].filter(([, state]) => hasProcesses(state) && !live.has(state.spec.mark));
      for (const [run] of strangers) runs.delete(run);
      return strangers.length;
    },
    close() {
      listener = null;
      for (const state of runs.values()) state.observed = false;
    },
    behave(app, behaviour) {
      behaviours.set(app, behaviour);
    },
    tell,
    live: () => [...runs.values()].filter(hasProcesses).map((state) => ({ ...state })),
    run: (run) => {
      const state = runs.get(run);
      return state && state.phase !== 'ENDED' ? { ...state } : undefined;
    },
  };
}
