import { idOfToken } from '../src/core/access.ts';
import { isAppName } from '../src/core/app.ts';

/** An app, for the person who restores the backup: the apps' own files are not in it. */
export interface BackedUpApp {
  readonly name: string;
  readonly port: number | null;
  /** The release that `current` pointed to; null for a plain directory. */
  readonly release: string | null;
  readonly desiredState: string;
}

export interface BackupFacts {
  /** In milliseconds since the epoch. */
  readonly createdAt: number;
  /** The version of Toehold that made it. */
  readonly version: string;
  /** The first token; null: there was none in its file. */
  readonly token: string | null;
  readonly apps: readonly BackedUpApp[];
}

/** The file is no whole backup. The message goes on after the file's name. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** The last moment that a Date can have. */
const LAST_MOMENT = 8.64e15;

/** Reads the facts as a file has them. The file may have been changed since. @throws BackupError */
export function factsOf(text: unknown): BackupFacts {
  const { createdAt, version, token, apps } = objectOf(parsed(text), 'its record of facts');
  if (typeof createdAt !== 'number' || !(createdAt >= 0 && createdAt <= LAST_MOMENT))
    throw wrong('the time when it was made');
  if (typeof version !== 'string' || version === '') throw wrong('the version that made it');
  if (token !== null && (typeof token !== 'string' || idOfToken(token) === null)) throw wrong('the token');
  if (!Array.isArray(apps)) throw wrong('the list of apps');
  return { createdAt, version, token, apps: apps.map(appOf) };
}

function appOf(value: unknown): BackedUpApp {
  const { name, port, release, desiredState } = objectOf(value, 'an app');
  if (typeof name !== 'string' || !isAppName(name)) throw wrong('the name of an app');
  if (port !== null && !isPort(port)) throw wrong(`the port of ${name}`);
  if (release !== null && typeof release !== 'string') throw wrong(`the release of ${name}`);
  if (desiredState !== 'RUNNING' && desiredState !== 'STOPPED') throw wrong(`the desired state of ${name}`);
  return { name, port, release, desiredState };
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') throw wrong('its record of facts');
  try {
    return JSON.parse(text);
  } catch {
    throw wrong('its record of facts');
  }
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what);
  return value as Record<string, unknown>;
}

function wrong(what: string): BackupError {
  return new BackupError(`is damaged: ${what} is missing, or is not what toehold backup writes`);
}
