import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What a command that asks a server takes from its environment. An empty variable counts as unset. */
export interface ClientEnvironment {
  /** The server to ask, wherever it runs. */
  readonly url: string | null;
  readonly token: string | null;
  /** Where a token stands, as the person said it; null: nothing was said. */
  readonly tokenFile: string | null;
  /** The person takes it upon themselves that a token goes to an address of which nobody knows whose it is. */
  readonly insecure: boolean;
  readonly dataDir: string | null;
  /** Where servers of this user leave word of themselves. */
  readonly stateHome: string;
  /** What the person wants of colors; null: colors on a terminal, none elsewhere. */
  readonly color: boolean | null;
  /** Whether there is a desktop on which a browser could open. */
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

/** The directory of the XDG base directory specification, which says that a relative one counts for nothing. */
export function stateHomeOf(env: NodeJS.ProcessEnv): string {
  const said = env.XDG_STATE_HOME;
  return said && isAbsolute(said) ? said : join(env.HOME || homedir(), '.local', 'state');
}

/** FORCE_COLOR wins: whoever sets both for one command has NO_COLOR in their profile. */
function colorOf({ NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean | null {
  if (FORCE_COLOR) return !/^(0|false|no)$/i.test(FORCE_COLOR);
  return NO_COLOR || TERM === 'dumb' ? false : null;
}
