import { SUPERVISOR_ACTOR } from '../../core/events.ts';
import type { Intent } from '../../core/intent.ts';
import type { Runner } from '../runner.ts';
import type { Activation } from './activate.ts';
import type { IconChange } from './icon.ts';
import type { OperationParts } from './operations.ts';
import type { Removal } from './remove.ts';
import type { Rename } from './rename.ts';

export interface UnfinishedParts extends Pick<OperationParts, 'registry' | 'logger'> {
  readonly rename: Rename;
  readonly removal: Removal;
  readonly icon: IconChange;
  readonly activation: Activation;
}

/**
 * Finishes or undoes the operations that a kill of the last control plane interrupted. What has reached the app's files
 * is finished; all else is dropped. Runs before anything is recovered or started.
 */
export async function settleUnfinished(parts: UnfinishedParts): Promise<void> {
  for (const runner of parts.registry.all()) {
    const { intent, name } = runner.record;
    if (!intent) continue;
    try {
      if (!(await isFinished(runner, intent, parts)))
        await runner.command(null, SUPERVISOR_ACTOR, { intent: null });
    } catch (err) {
      parts.logger.error(
        { err, app: name, intent },
        'an interrupted operation could be neither finished nor undone; the next start tries again',
      );
    }
  }
}

/** False: nothing of the operation is left to do, and the intent can go. */
async function isFinished(runner: Runner, intent: Intent, parts: UnfinishedParts): Promise<boolean> {
  switch (intent.operation) {
    case 'RENAME':
      return parts.rename.finish(runner, intent);
    case 'REMOVE':
      return parts.removal.finish(runner, intent);
    case 'ICON':
      await parts.icon.clearUp(runner);
      return false;
    case 'ACTIVATE':
      return parts.activation.isPointed(runner, intent);
  }
}
