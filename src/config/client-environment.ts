import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The environment of a command that is a client of a server. An empty variable counts as unset. */
export interface ClientEnvironment {
  /** The address of the server. */
  readonly url: string | null;
  readonly token: string | null;
  /** The path of a file with a token, as given; null: none was given. */
  readonly tokenFile: string | null;
  /** Allow sending a token to an address whose owner is not known. */
  readonly insecure: boolean;
  readonly dataDir: string | null;
  /** The directory in which this user's servers register. */
  readonly stateHome: string;
  /** Whether to use colors; null: on a terminal only. */
  readonly color: boolean | null;
  /** Whether there is a desktop that could open a browser. */
  readonly desktop: boolean;
}

export function clientEnvironmentOf(env: NodeJS.ProcessEnv, platform = process.platform): ClientEnvironment {
  return {
    url: env.TOEHOLD_URL || null,
    token: env.TOEHOLD_TOKEN?.trim() || null,
    tokenFile: env.TOEHOLD_TOKEN_FILE || null,
    insecure: /^(yes|true|1|on)$/i.test(env.TOEHOLD_INSECURE ?? ''),
    dataDir: env.DATA_DIR || null,
    stateHome: stateHomeOf(env),
    color: colorOf(env),
    desktop: platform === 'darwin' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY),
  };
}

/** The state directory of the XDG base directory specification, which says to ignore a relative path. */
export function stateHomeOf(env: NodeJS.ProcessEnv): string {
  const home = env.XDG_STATE_HOME;
  return home && isAbsolute(home) ? home : join(env.HOME || homedir(), '.local', 'state');
}

/** FORCE_COLOR overrides NO_COLOR, which can come from the user's profile. */
function colorOf({ NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean | null {
  if (FORCE_COLOR) return !/^(0|false|no)$/i.test(FORCE_COLOR);
  return NO_COLOR || TERM === 'dumb' ? false : null;
}
