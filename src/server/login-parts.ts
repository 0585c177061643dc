import type { Access, AuditLog } from '../contracts/access.ts';
import type { Authenticator } from './auth.ts';
import type { Origins } from './guards.ts';
import type { Proofs } from './proofs.ts';
import type { FailedLogins, Rates } from './rates.ts';

/** What logins need of the server. */
export interface LoginParts {
  readonly access: Access;
  readonly audit: AuditLog;
  readonly authenticator: Authenticator;
  readonly failedLogins: FailedLogins;
  readonly origins: Origins;
  readonly proofs: Proofs;
  readonly rates: Rates;
  /** How a person calls the command in a shell. */
  readonly command: string;
}
