import type { NewToken, RunTokens, TokenStore } from '../contracts/access.ts';
import type { Logger } from '../contracts/logger.ts';
import type { Role } from '../core/access.ts';
import type { RunId } from '../core/run.ts';
import type { LiveTokens } from './live.ts';
import type { NewTokenFields } from './tokens.ts';

export interface RunTokensOptions {
  readonly store: TokenStore;
  readonly live: LiveTokens;
  readonly logger: Logger;
  /** Runs that have ended, and whose tokens the database still has. They do not work. */
  readonly ended: Set<RunId>;
  readonly runIsLive: (run: RunId) => boolean;
  readonly make: (about: NewTokenFields) => NewToken;
}

/** The tokens that runs get for this API (`toes.api`). */
export class TokensOfRuns implements RunTokens {
  private readonly options: RunTokensOptions;

  constructor(options: RunTokensOptions) {
    this.options = options;
  }

  issue(run: RunId, appName: string, role: Role): string {
    const { live, store, make } = this.options;
    live.endRun(run);
    store.removeOfRun(run);
    return make({ kind: 'RUN', name: `${appName} (app)`, role, run, expiresAt: null }).text;
  }

  roleOf(run: RunId): Role | null {
    return this.options.runIsLive(run) ? this.options.store.roleOfRun(run) : null;
  }

  change(run: RunId, role: Role | null): void {
    if (role === null) return this.end(run);
    const { live, store, logger } = this.options;
    try {
      const before = store.roleOfRun(run);
      if (before === null || before === role) return;
      store.setRoleOfRun(run, role);
      live.endRun(run);
    } catch (err) {
      logger.warn({ err, run }, 'The role of a run’s token could not be changed, and the token has ended');
      this.end(run);
    }
  }

  end(run: RunId): void {
    const { live, store, logger, ended } = this.options;
    live.endRun(run);
    try {
      store.removeOfRun(run);
    } catch (err) {
      ended.add(run);
      logger.warn(
        { err, run },
        'The token of a run that ended stays in the database, and does not work any more',
      );
    }
  }
}
