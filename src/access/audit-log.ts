import type { AuditLog, AuditStore } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import { LONGEST_AUDIT_INPUT } from '../core/access.ts';

export interface AuditLogOptions {
  readonly store: AuditStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who did what: the entry is there before the deed, so that nothing is done that it does not tell of. */
export function createAuditLog({ store, clock, logger }: AuditLogOptions): AuditLog {
  return {
    begin(entry) {
      const input = entry.input.slice(0, LONGEST_AUDIT_INPUT);
      const seq = store.append({ ...entry, input, at: clock.now() });
      return (outcome) => {
        try {
          store.finish(seq, outcome, clock.now());
        } catch (err) {
          // What was done is done; its entry goes on saying that nobody knows.
          logger.error({ err, entry: seq }, 'The outcome of a mutation is not in the audit log');
        }
      };
    },
    page: (request) => store.page(request),
  };
}
