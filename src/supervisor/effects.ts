import type { RunTokens } from '../contracts/access.ts';
import type { Driver, RunSpec } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import type { RunLogs } from '../contracts/logs.ts';
import type { PortProbe, Prober } from '../contracts/ports.ts';
import type { Role } from '../core/access.ts';
import { allowedRole, requestedRole } from '../core/app-access.ts';
import { reasonOf } from '../core/errors.ts';
import { DEFAULT_HEALTH } from '../core/health-check.ts';
import type { Effect, EventOf } from '../core/lifecycle-events.ts';
import type { Run, RunId } from '../core/run.ts';
import { checkHealth, diagnoseStart } from './health.ts';
import { NO_PORTS, type PortAllocator } from './ports/allocator.ts';
import { isRunnable, type SpecOptions, specOf } from './run-spec.ts';
import type { Runner, RunnerOptions } from './runner.ts';

export interface EffectOptions extends SpecOptions {
  readonly driver: Driver;
  readonly runTokens: RunTokens;
  readonly appApi: Role | null;
  readonly logs: RunLogs;
  readonly prober: Prober;
  readonly portProbe: PortProbe;
  readonly allocator: PortAllocator;
  readonly logger: Logger;
  /** Milliseconds. */
  readonly healthTimeout: number;
}

type EffectOf<D extends Effect['do']> = Extract<Effect, { do: D }>;

/** Does what transitions ask for. Nothing of it throws; what comes of it is posted to the runner. */
export function createEffects(options: EffectOptions): {
  readonly perform: RunnerOptions['perform'];
  /** The run has ended: nothing more will be asked of it. */
  readonly forget: (run: RunId) => void;
} {
  const { driver, runTokens, logs, allocator, logger } = options;
  /** What a run was prepared with, it is started with. */
  const specs = new Map<RunId, RunSpec>();

  /** The driver will say nothing of this run. As behind its own last event, the log is complete when the runner hears. */
  function endUnstarted(
    runner: Runner,
    event: EventOf<'CLAIM_FAILED' | 'PREPARE_FAILED' | 'START_FAILED'>,
  ): void {
    logs
      .finish(event.run)
      .catch((err) => logger.error({ err, run: event.run }, 'the end of a log could not be kept'))
      .finally(() => runner.post(event));
  }

  async function claimPort(runner: Runner, run: RunId): Promise<void> {
    try {
      const { manifest } = runner.record;
      const claim = manifest?.servesPort === false ? undefined : await allocator.claim(runner.record);
      if (claim === null) {
        return endUnstarted(runner, { type: 'CLAIM_FAILED', run, message: NO_PORTS, exhausted: true });
      }
      if (claim && 'waits' in claim) {
        runner.post({ type: 'CLAIM_FAILED', run, message: claim.waits, exhausted: false });
        return;
      }
      const { release } = runner.record;
      runner.post({ type: 'CLAIMED', run, port: claim?.port ?? null, release, note: claim?.note ?? null });
    } catch (error) {
      const message = `Its port could not be taken: ${reasonOf(error)}`;
      endUnstarted(runner, { type: 'CLAIM_FAILED', run, message, exhausted: false });
    }
  }

  function prepare(runner: Runner, run: Run): void {
    const fail = (message: string) =>
      endUnstarted(runner, { type: 'PREPARE_FAILED', run: run.id, message, code: null, signal: null });
    if (!isRunnable(runner.record)) return fail('Its release directory is gone');
    const { name, manifest, granted } = runner.record;
    let token: string | null = null;
    try {
      const role = allowedRole(requestedRole(manifest), granted, options.appApi);
      if (role) token = runTokens.issue(run.id, name, role);
    } catch (error) {
      return fail(`Its token for this API ("toes.api") could not be made: ${reasonOf(error)}`);
    }
    const spec = specOf(runner.record, run, options, token);
    specs.set(run.id, spec);
    driver.prepare(spec);
  }

  function start(runner: Runner, run: Run): void {
    const spec = specs.get(run.id);
    if (spec) driver.start(spec);
    else endUnstarted(runner, { type: 'START_FAILED', run: run.id, message: 'It was not prepared' });
  }

  async function probe(runner: Runner, { run, address }: EffectOf<'PROBE'>): Promise<void> {
    const { manifest } = runner.record;
    const verdict = await checkHealth(
      { run, address, check: manifest?.health ?? DEFAULT_HEALTH },
      options,
    ).catch((error): Pick<EventOf<'PROBED'>, 'outcome' | 'reason'> => {
      logger.error({ err: error, app: runner.record.name }, 'a health check could not be made');
      return { outcome: 'OFF', reason: null };
    });
    runner.post({ type: 'PROBED', run: run.id, ...verdict });
  }

  async function diagnose(runner: Runner, run: Run): Promise<void> {
    const message = await diagnoseStart(run, driver).catch(
      () => `Nothing listens on port ${run.port} (PORT), as far as can be seen`,
    );
    runner.post({ type: 'DIAGNOSED', run: run.id, message });
  }

  function perform(runner: Runner, effect: Parameters<RunnerOptions['perform']>[1]): void {
    switch (effect.do) {
      case 'CLAIM_PORT':
        return void claimPort(runner, effect.run);
      case 'PREPARE':
        return prepare(runner, effect.run);
      case 'START':
        return start(runner, effect.run);
      case 'STOP':
        return driver.stop(effect.run);
      case 'KILL':
        return driver.signal(effect.run, 'SIGKILL');
      case 'PROBE':
        return void probe(runner, effect);
      case 'DIAGNOSE':
        return void diagnose(runner, effect.run);
      case 'LOG':
        return logs.write(effect.run, effect.text);
    }
  }

  return {
    perform(runner, effect) {
      try {
        perform(runner, effect);
      } catch (error) {
        // Every part promises not to throw; should one do so all the same, no other app may suffer for it.
        logger.error({ err: error, app: runner.record.name, effect: effect.do }, 'an effect threw');
      }
    },
    forget: (run) => void specs.delete(run),
  };
}
