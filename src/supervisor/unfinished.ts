import type { AppFileRepair, AppFiles } from '../contracts/discovery.ts';
import type { Logger } from '../contracts/logger.ts';
import { SUPERVISOR_ACTOR } from '../core/events.ts';
import type { Intent } from '../core/intent.ts';
import type { Registry } from './registry.ts';
import type { Runner } from './runner.ts';

export interface UnfinishedOptions {
  readonly registry: Registry;
  readonly files: AppFiles & AppFileRepair;
  readonly logger: Logger;
  readonly dropGone: (runner: Runner) => Promise<void>;
  /** Takes the app, whose directory is in the trash, out of the database. */
  readonly finishRemoval: (runner: Runner, actor: string) => Promise<void>;
}

/**
 * Finishes or undoes what a control plane that was killed had begun: what its files have seen is
 * finished, all else is as if it had never been asked for. An activation whose release may still turn out
 * to be no good keeps its intent: it goes on when the apps run.
 */
export async function settleUnfinished(options: UnfinishedOptions): Promise<void> {
  const { registry, logger } = options;
  for (const runner of registry.all()) {
    const { intent, name } = runner.record;
    if (!intent) continue;
    try {
      await settle(runner, intent, options);
    } catch (err) {
      logger.error(
        { err, app: name, intent },
        'what was begun could be neither finished nor undone; the next start tries again',
      );
    }
  }
}

async function settle(runner: Runner, intent: Intent, options: UnfinishedOptions): Promise<void> {
  const { files, registry } = options;
  const { name, identity } = runner.record;
  switch (intent.operation) {
    case 'RENAME': {
      const seen = await files.look(intent.to);
      if (!seen || seen.identity !== identity || (await files.exists(intent.from))) break;
      const namesake = registry.named(intent.to);
      if (namesake && namesake !== runner) await options.dropGone(namesake);
      const { directory } = seen;
      await runner.command(null, intent.actor, { name: intent.to, directory, intent: null });
      return;
    }
    case 'REMOVE':
      if (identity === null || !(await files.isTrashed(identity))) break;
      return options.finishRemoval(runner, intent.actor);
    case 'ICON':
      await files.removeStrays(name);
      break;
    case 'ACTIVATE':
      await files.removeStrays(name);
      if ((await files.look(name))?.release !== intent.to) break;
      return;
  }
  await runner.command(null, SUPERVISOR_ACTOR, { intent: null });
}
