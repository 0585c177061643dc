import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Config, readClientEnvironment } from '../../config.ts';
import { CommandFailure } from '../failure.ts';
import { findLocal } from './find-server.ts';
import type { LiveServer } from './live-server.ts';

interface PlaceFlags {
  readonly dataDir?: string;
  readonly appsDir?: string;
}

interface Choice {
  /** Use the only running server of this user also where there is an apps directory, as the commands do that are clients of a server. */
  readonly asClientsDo?: boolean;
}

/**
 * The settings for a command that works on files: those that the running server wrote to server.json, instead of the shell's. A flag
 * overrides both. The server is that of the named data directory or of `./.toehold`. If there is neither `./.toehold` nor an apps
 * directory here, it is the only running server of this user.
 * @param config the settings of the shell and the flags
 */
export async function settingsInForce(
  config: Config,
  flags: PlaceFlags,
  choice: Choice = {},
): Promise<Config> {
  const server = await serverOf(config, flags, choice);
  if (!server) return config;
  const { stateDir, entry } = server;
  const { settings } = entry;
  const dataDir = dirname(stateDir);
  return {
    ...config,
    ...{ dataDir, stateDir, port: portOf(entry.url) },
    ...settings,
    appsDir: flags.appsDir === undefined ? (settings?.appsDir ?? config.appsDir) : config.appsDir,
  };
}

async function serverOf(
  config: Config,
  flags: PlaceFlags,
  { asClientsDo = false }: Choice,
): Promise<LiveServer | null> {
  const environment = readClientEnvironment();
  const named = flags.dataDir ?? environment.dataDir;
  const isHere = existsSync(config.stateDir);
  const saysApps = flags.appsDir !== undefined || Boolean(config.environment.APPS_DIR);
  // The apps are here, so a server elsewhere is not theirs.
  if (!asClientsDo && named === null && !isHere && (saysApps || existsSync(config.appsDir))) return null;
  try {
    const cwd = named === null ? resolve(config.dataDir) : process.cwd();
    return await findLocal({ flags: named === null ? {} : { dataDir: named }, environment, cwd });
  } catch (error) {
    // No server, none that is trusted, or more than one: use the settings of the shell.
    if (error instanceof CommandFailure) return null;
    throw error;
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
