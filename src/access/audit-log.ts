import type { AuditLog, AuditStore } from '../contracts/access.ts';
import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import { LONGEST_AUDIT_INPUT } from '../core/access.ts';
import { createEntryLimit } from './entry-limit.ts';

export interface AuditLogOptions {
  readonly store: AuditStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Commits an entry before the act, so that every act has one. */
export function createAuditLog({ store, clock, logger }: AuditLogOptions): AuditLog {
  const roomOf = createEntryLimit(clock);
  const log: AuditLog = {
    begin(entry) {
      const input = entry.input.slice(0, LONGEST_AUDIT_INPUT);
      const seq = store.append({ ...entry, input, at: clock.now() });
      return (outcome) => {
        try {
          store.finish(seq, outcome, clock.now());
        } catch (err) {
          // The act is done. Its entry keeps the outcome "not known".
          logger.error({ err, entry: seq }, 'The outcome of a mutation is not in the audit log');
        }
      };
    },
    secondsUntilRoom(entry, account) {
      const { wait, first } = roomOf(account);
      if (first) {
        try {
          log.begin(entry)('RATE_LIMITED');
        } catch (err) {
          logger.error({ err, token: entry.token }, 'It could not be recorded that a token was held up');
        }
      }
      return Math.ceil(wait / 1_000);
    },
    page: (request) => store.page(request),
  };
  return log;
}
