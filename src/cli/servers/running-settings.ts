import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Config, readClientEnvironment } from '../../config.ts';
import { CommandFailure } from '../failure.ts';
import { findLocal } from './find-server.ts';
import type { LiveServer } from './live-server.ts';

export interface PlaceFlags {
  readonly dataDir?: string;
  readonly appsDir?: string;
}

/**
 * What a command that works on files goes by: the settings of the server that runs there, as it wrote them down, rather
 * than those of the shell. A flag wins. The server is that of the data directory that was named, or of `.toehold` here;
 * where neither that nor an apps directory is here, the only one that this user has running.
 * @param config what the shell and the flags say.
 */
export async function settingsInForce(config: Config, flags: PlaceFlags): Promise<Config> {
  const server = await serverOf(config, flags);
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

async function serverOf(config: Config, flags: PlaceFlags): Promise<LiveServer | null> {
  const environment = readClientEnvironment();
  const named = flags.dataDir ?? environment.dataDir;
  const isHere = existsSync(config.stateDir);
  const saysApps = flags.appsDir !== undefined || Boolean(config.environment.APPS_DIR);
  // Else a server elsewhere would be taken for that of the apps that were meant.
  if (named === null && !isHere && (saysApps || existsSync(config.appsDir))) return null;
  try {
    const cwd = named === null ? resolve(config.dataDir) : process.cwd();
    return await findLocal({ flags: named === null ? {} : { dataDir: named }, environment, cwd });
  } catch (error) {
    // None, none that is trusted, or more than one: the shell's settings are all that there is.
    if (error instanceof CommandFailure) return null;
    throw error;
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
