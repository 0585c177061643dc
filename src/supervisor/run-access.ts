import type { RunTokens } from '../contracts/access.ts';
import type { AppRecord } from '../contracts/stores.ts';
import type { AppView } from '../contracts/supervisor.ts';
import type { Role } from '../core/access.ts';
import { type AppAccess, allowedRole } from '../core/app-access.ts';
import { liveRun } from '../core/lifecycle.ts';
import { isAccessChanged, viewOf } from './app-view.ts';

/** What each app may do with this API. The token of a live run always has the role that its app may have now. */
export class RunAccess {
  private readonly tokens: RunTokens;
  private readonly limit: Role | null;

  /** @param limit the greatest role that an app gets without a grant (TOEHOLD_APP_API); null: none */
  constructor(tokens: RunTokens, limit: Role | null) {
    this.tokens = tokens;
    this.limit = limit;
  }

  /** @throws the database's error */
  of(app: AppView): AppAccess {
    return {
      requested: app.requestedRole,
      granted: app.grantedRole,
      allowed: this.allowed(app),
      effective: app.run && this.tokens.roleOf(app.run.id),
    };
  }

  /** Call it after each commit of an app's record. */
  changed(before: AppRecord, after: AppRecord): void {
    if (isAccessChanged(viewOf(before), viewOf(after))) this.apply(after);
  }

  /** Gives the token of the app's live run, where it has one, the role that the app may have now. */
  apply(app: AppRecord): void {
    const run = liveRun(app.lifecycle.phase);
    if (run) this.tokens.change(run.id, this.allowed(viewOf(app)));
  }

  private allowed({ requestedRole, grantedRole }: AppView): Role | null {
    return allowedRole(requestedRole, grantedRole, this.limit);
  }
}
