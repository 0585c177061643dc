import type { FileIdentity } from '../core/file-identity.ts';
import type { ManifestResult } from '../core/manifest.ts';
import type { Release } from '../core/release.ts';

/** What one look at an app's directory found. */
export interface AppObservation {
  /** The directory's name. */
  readonly name: string;
  /** The directory's own identity on its file system (device and inode): it survives a rename. */
  readonly identity: string;
  readonly manifest: ManifestResult;
  /** The release that `current` points to; null for a plain directory. */
  readonly release: string | null;
  /** The real path of `current`; null where it leads nowhere. */
  readonly directory: string | null;
  /** Which directory that is, because another one may take its place. Null where it leads nowhere. */
  readonly directoryIdentity: FileIdentity | null;
  /** The target of `current` where it is a symlink that leads nowhere; else null. */
  readonly lostTarget: string | null;
}

/** A directory of APPS_DIR that is not an app. */
export interface Stray {
  readonly name: string;
  /** Why it is not an app: a sentence for a person, without a period at the end. It begins with "It" or "Its". */
  readonly reason: string;
  /** What to do about it, without a period at the end. If `adopt` is not null, the command belongs at its end: see `strayTexts`. */
  readonly advice: string;
  /** The name to give to `toehold adopt`; null: that command does not help. It differs from `name` if the directory must be renamed first. */
  readonly adopt: string | null;
}

/**
 * Whether APPS_DIR itself can be read and is still the directory that the apps were in. `error` is a sentence for a
 * person.
 */
export type AppsDirStatus = { readonly ok: true } | { readonly ok: false; readonly error: string };

/** Gets what discovery finds. Its methods must not throw. */
export interface DiscoveryObserver {
  /** An app's directory was found, or its observation differs from the last one. */
  seen(observation: AppObservation): void;
  /** A directory that was reported as seen is no longer an app's. Not reported while APPS_DIR cannot be read. */
  gone(name: string): void;
  appsDir(status: AppsDirStatus): void;
}

/** A running app, as an earlier control plane saw it. */
export interface ExpectedApp {
  readonly name: string;
  readonly identity: FileIdentity | null;
}

/** Watches APPS_DIR. */
export interface Discovery {
  /**
   * Looks at every app once and reports it to the observer, then watches. Resolves when the first look is reported.
   * Never rejects.
   * @param expected apps that must be there: where they are missing, APPS_DIR may be another directory than before
   */
  start(observer: DiscoveryObserver, expected?: readonly ExpectedApp[]): Promise<void>;
  /** A command has renamed the directory: it is not to be reported as gone and seen. */
  renamed(from: string, to: string): void;
  /** A command has removed the app: that its directory is missing says nothing about APPS_DIR. */
  removed(name: string): void;
  /** The directories of APPS_DIR that are no apps, by name, as of the last look at each. */
  strays(): readonly Stray[];
  close(): Promise<void>;
}

/**
 * All that the control plane does in apps' directories. Names are app names, or names that discovery reported.
 * Every method may reject with an error whose message is a reason for a person.
 */
export interface AppFiles {
  /** Looks at one app now. Null where there is no such directory, or it is not an app's. */
  look(name: string): Promise<AppObservation | null>;
  /** Whether APPS_DIR has an entry of that name. */
  exists(name: string): Promise<boolean>;
  /** Never replaces a directory. @throws Error, and nothing has moved. */
  rename(from: string, to: string): Promise<void>;
  /** Moves the directory to `.trash/<name>-<time>/` and returns that path. @throws Error, and nothing has moved. */
  trash(name: string): Promise<string>;
  /** Moves a directory back from the path that `trash` returned. @throws Error, and nothing has moved. */
  restore(trashed: string, name: string): Promise<void>;
  /** Deletes what has been in the trash for longer than this, in milliseconds. */
  emptyTrash(olderThanMs: number): Promise<void>;
  /**
   * Writes `toes.icon` into package.json (null removes it) and keeps the file's format.
   * @throws Error, and nothing has changed.
   */
  writeIcon(name: string, icon: string | null): Promise<void>;
  /** Newest first. */
  releases(name: string): Promise<readonly Release[]>;
  /** Points `current` at a release, atomically. @throws Error, and nothing has changed. */
  activate(name: string, release: string): Promise<void>;
}

/** Clears up after a control plane that was killed during `writeIcon`, `activate` or `trash`. */
export interface AppFileRepair {
  /** Removes the temporary files that it may have left in the app's directory. @throws Error with a reason */
  removeStrays(name: string): Promise<void>;
  /** Whether the directory of this identity is in the trash. @throws Error with a reason */
  isTrashed(identity: string): Promise<boolean>;
}
