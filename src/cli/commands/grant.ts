import { GrantAppAccessDocument } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { wrongUse } from '../failure.ts';
import { plain } from '../terminal/escape.ts';
import { successOf } from './outcome.ts';

const ROLES = { viewer: 'VIEWER', operator: 'OPERATOR' } as const;

/** `toehold grant <app> [role]` */
export async function grant({ session, arguments: [named, said], options }: Call): Promise<void> {
  const name = String(named);
  const remove = options.remove === true;
  if (remove === (said !== undefined)) throw wrongUse('give a role (viewer or operator), or --remove');
  const role = remove ? null : ROLES[said as keyof typeof ROLES];
  const { grantAppAccess } = await session.client.request(GrantAppAccessDocument, {
    input: { app: { name }, role },
  });
  const { app } = await successOf(session, name, grantAppAccess, 'GrantAppAccessSuccess');
  if (session.json) return session.out.printJson(app);
  session.out.print(`${plain(app.name)}: ${accessText(app.access)}`);
}

interface Access {
  readonly requested?: string | null;
  readonly granted?: string | null;
  readonly allowed?: string | null;
  readonly effective?: string | null;
}

/** What an app may do with the server, for a person. */
export function accessText({ requested, granted, allowed, effective }: Access): string {
  const grant = granted ? `granted ${granted.toLowerCase()}` : 'no grant';
  if (!requested) return `asks for no access, ${grant}`;
  const got = allowed ? `may have ${allowed.toLowerCase()}` : 'may have none';
  const now = effective && effective !== allowed ? `, its run has ${effective.toLowerCase()}` : '';
  return `asks for ${requested.toLowerCase()}, ${grant}, ${got}${now}`;
}
