/** An app's number in the database: given once, never used again, kept through renames. */
export type AppId = number;

/** What the app's operator wants. `AppState` says what is the case. */
export type DesiredState = 'RUNNING' | 'STOPPED';

/** What a client sees of an app's phase. */
export type AppState = 'INVALID' | 'STOPPED' | 'STARTING' | 'RUNNING' | 'STOPPING' | 'BACKOFF';

/** Whether an app is wanted and does not run, nor is on its way: what an operator should know of. */
export function isDown(app: { readonly desiredState: DesiredState; readonly state: AppState }): boolean {
  return app.desiredState === 'RUNNING' && ['STOPPED', 'INVALID', 'BACKOFF'].includes(app.state);
}

export type Health = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY';

export const DEFAULT_ICON = '🖥️';

/** The words that a rename answers with when the new name is not an app name (docs/behavior.md A18). */
export const NAME_RULE =
  'Name must start with a letter and contain only lowercase letters, numbers, and hyphens';

const MAX_NAME_LENGTH = 63;

/**
 * Says why a directory's name is not an app name, or null where it is one.
 * An app name may become a host name's label, hence the 63 characters.
 */
export function nameProblem(name: string): string | null {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return NAME_RULE;
  if (name.length > MAX_NAME_LENGTH) return `Name must have at most ${MAX_NAME_LENGTH} characters`;
  return null;
}

/** An app name that is like this directory's name, to rename it to; null where nothing is left of it. */
export function likeName(name: string): string | null {
  const like = name
    .slice(0, 4 * MAX_NAME_LENGTH)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, MAX_NAME_LENGTH)
    .replace(/-$/, '');
  return isAppName(like) ? like : null;
}

/** Whether the supervisor may ever start an app of this name, or take it as a target of a rename. */
export function isAppName(name: string): boolean {
  return nameProblem(name) === null;
}
