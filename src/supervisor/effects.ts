import type { RunTokens } from '../contracts/access.ts';
import type { Driver } from '../contracts/driver.ts';
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

interface EffectOptions extends SpecOptions {
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

type RunnerEffect = Parameters<RunnerOptions['effects']['perform']>[1];
type EffectOf<D extends Effect['do']> = Extract<Effect, { do: D }>;

/** Does what transitions ask for. Nothing of it throws; results are posted to the runner. */
export class Effects {
  readonly #options: EffectOptions;

  constructor(options: EffectOptions) {
    this.#options = options;
  }

  perform(runner: Runner, effect: RunnerEffect): void {
    try {
      this.#perform(runner, effect);
    } catch (err) {
      // Every part promises not to throw. If one does all the same, no other app may suffer for it.
      this.#options.logger.error({ err, app: runner.record.name, effect: effect.do }, 'an effect threw');
    }
  }

  #perform(runner: Runner, effect: RunnerEffect): void {
    const { driver, logs } = this.#options;
    switch (effect.do) {
      case 'CLAIM_PORT':
        return void this.#claimPort(runner, effect.run);
      case 'BEGIN':
        return this.#begin(runner, effect.run);
      case 'STOP':
        return driver.stop(effect.run);
      case 'KILL':
        return driver.signal(effect.run, 'SIGKILL');
      case 'PROBE':
        return void this.#probe(runner, effect);
      case 'DIAGNOSE':
        return void this.#diagnose(runner, effect.run);
      case 'LOG':
        return logs.write(effect.run, effect.text);
    }
  }

  async #claimPort(runner: Runner, run: RunId): Promise<void> {
    const { allocator } = this.#options;
    try {
      const claim = await allocator.claim(runner.record);
      if (claim === null) {
        return this.#endUnstarted(runner, { type: 'CLAIM_FAILED', run, message: NO_PORTS, exhausted: true });
      }
      if ('waits' in claim) {
        runner.post({ type: 'CLAIM_FAILED', run, message: claim.waits, exhausted: false });
        return;
      }
      const { release } = runner.record;
      runner.post({ type: 'CLAIMED', run, port: claim.port, release, note: claim.note });
    } catch (error) {
      const message = `Its port could not be taken: ${reasonOf(error)}`;
      this.#endUnstarted(runner, { type: 'CLAIM_FAILED', run, message, exhausted: false });
    }
  }

  #begin(runner: Runner, run: Run): void {
    const { driver, runTokens, appApi } = this.#options;
    const fail = (message: string) =>
      this.#endUnstarted(runner, { type: 'INSTALL_FAILED', run: run.id, message, code: null, signal: null });
    if (!isRunnable(runner.record)) return fail('Its release directory is gone');
    const { name, manifest, granted } = runner.record;
    let token: string | null = null;
    try {
      const role = allowedRole(requestedRole(manifest), granted, appApi);
      if (role) token = runTokens.issue(run.id, name, role);
    } catch (error) {
      return fail(`Its token for this API ("toes.api") could not be made: ${reasonOf(error)}`);
    }
    driver.begin(specOf(runner.record, run, this.#options, token));
  }

  /** For a run that the driver does not know. As with a driver's last event, the log is complete when the runner gets it. */
  #endUnstarted(runner: Runner, event: EventOf<'CLAIM_FAILED' | 'INSTALL_FAILED'>): void {
    const { logs, logger } = this.#options;
    logs
      .finish(event.run)
      .catch((err) => logger.error({ err, run: event.run }, 'the end of a log could not be kept'))
      .finally(() => runner.post(event));
  }

  async #probe(runner: Runner, { run, address }: EffectOf<'PROBE'>): Promise<void> {
    const { logger } = this.#options;
    const { manifest } = runner.record;
    const verdict = await checkHealth(
      { run, address, check: manifest?.health ?? DEFAULT_HEALTH },
      this.#options,
    ).catch((error): Pick<EventOf<'PROBED'>, 'outcome' | 'reason'> => {
      logger.error({ err: error, app: runner.record.name }, 'a health check could not be made');
      return { outcome: 'OFF', reason: null };
    });
    runner.post({ type: 'PROBED', run: run.id, ...verdict });
  }

  async #diagnose(runner: Runner, run: Run): Promise<void> {
    const message = await diagnoseStart(run, this.#options.driver).catch(
      () => `Nothing listens on port ${run.port} (PORT), as far as can be seen`,
    );
    runner.post({ type: 'DIAGNOSED', run: run.id, message });
  }
}
