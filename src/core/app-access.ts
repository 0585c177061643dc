import { lesserRole, type Role } from './access.ts';
import type { Manifest } from './manifest.ts';

/** A role that an app may have: an app is never ADMIN. */
type AppRole = Exclude<Role, 'ADMIN'>;

/** What an app may do with this API, and why. */
export interface AppAccess {
  /** The role that its manifest asks for (`toes.api`); null: none. */
  readonly requested: Role | null;
  /** The role that an ADMIN granted it; null: none. */
  readonly granted: Role | null;
  /** The role that a run of it may have now; null: none. */
  readonly allowed: Role | null;
  /** The role of the token of the run that goes on; null where it has no token, or nothing runs. */
  readonly effective: Role | null;
}

const REQUESTED = { viewer: 'VIEWER', operator: 'OPERATOR' } as const;

/** The role that a manifest asks for; null: none. */
export function requestedRole(manifest: Pick<Manifest, 'api'> | null): AppRole | null {
  return manifest?.api ? REQUESTED[manifest.api] : null;
}

/**
 * The role that an app may have: what it asks for, and no more than the greater of the two others.
 * @param limit what every app may have without a grant (TOEHOLD_APP_API); null: nothing.
 */
export function allowedRole(requested: Role | null, granted: Role | null, limit: Role | null): Role | null {
  if (requested === null) return null;
  const roles = [granted, limit].flatMap((role) => (role === null ? [] : [lesserRole(requested, role)]));
  return roles.find((role) => role === requested) ?? roles[0] ?? null;
}

/**
 * A sentence for a person where the app may do less than it asks for; null: it may do that.
 * @param command how the person calls this program
 */
export function accessWarning(
  name: string,
  { requested, allowed }: AppAccess,
  command = 'toehold',
): string | null {
  if (requested === null || requested === allowed) return null;
  const gets = allowed === null ? 'gets no token' : `gets ${allowed.toLowerCase()}`;
  const role = requested.toLowerCase();
  return `toes.api in package.json asks for ${role}, and the app ${gets}: an ADMIN can grant it (${command} grant ${name} ${role})`;
}

/**
 * Whether an app's directory is the one that it was. The device does not count: some file systems have another number
 * after each mount.
 * @param identity device, inode and the time of its making, as discovery reports them; null: not known.
 */
export function isSameDirectory(identity: string | null, before: string | null): boolean {
  return identity === null || before === null || withoutDevice(identity) === withoutDevice(before);
}

function withoutDevice(identity: string): string {
  return identity.slice(identity.indexOf(':') + 1);
}
