import type { RunTokens } from '../contracts/access.ts';
import type { AppRecord } from '../contracts/stores.ts';
import type { AppView } from '../contracts/supervisor.ts';
import type { Role } from '../core/access.ts';
import { type AppAccess, allowedRole } from '../core/app-access.ts';
import { liveRun } from '../core/lifecycle.ts';
import { isAccessChanged, viewOf } from './app-view.ts';

/** What each app may do with this API: keeps the tokens of runs that go on at that. */
export function createAppAccess(options: {
  readonly runTokens: RunTokens;
  /** The greatest role that an app gets without a grant; null: none. */
  readonly appApi: Role | null;
}): {
  of(app: AppView): AppAccess;
  /** The app's record has changed. */
  changed(before: AppRecord, after: AppRecord): void;
  /** Gives the token of the app's run, where it has one, the role that the app may have now. */
  apply(app: AppRecord): void;
} {
  const { runTokens, appApi } = options;

  function allowed({ requestedRole, grantedRole }: AppView): Role | null {
    return allowedRole(requestedRole, grantedRole, appApi);
  }

  function apply(app: AppRecord): void {
    const run = liveRun(app.lifecycle.phase);
    if (run) runTokens.change(run.id, allowed(viewOf(app)));
  }

  return {
    of: (app) => ({
      requested: app.requestedRole,
      granted: app.grantedRole,
      allowed: allowed(app),
      effective: app.run && runTokens.roleOf(app.run.id),
    }),
    changed(before, after) {
      if (isAccessChanged(viewOf(before), viewOf(after))) apply(after);
    },
    apply,
  };
}
