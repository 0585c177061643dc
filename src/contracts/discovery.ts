import type { FileIdentity } from '../core/file-identity.ts';
import type { ManifestResult } from '../core/manifest.ts';
import type { Release } from '../core/release.ts';

/** What a look at one app's directory found. */
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
  /** Which directory that is: another one may be put in its place. Null where it leads nowhere. */
  readonly directoryIdentity: FileIdentity | null;
  /** Where `current` is a symlink that leads to nothing: the target that it names. Else null. */
  readonly lostTarget: string | null;
}

/** Whether APPS_DIR itself can be read, and is the one that the apps were in. */
export type AppsDirStatus = { readonly ok: true } | { readonly ok: false; readonly error: string };

export interface DiscoveryObserver {
  /** An app's directory was found, or what it says has changed. Told only when something differs. */
  seen(observation: AppObservation): void;
  /** A directory that was told of is no longer an app's. Not told while APPS_DIR is unreadable. */
  gone(name: string): void;
  appsDir(status: AppsDirStatus): void;
}

/** An app that runs, as an earlier control plane saw it. */
export interface ExpectedApp {
  readonly name: string;
  readonly identity: FileIdentity | null;
}

/** Watches APPS_DIR. */
export interface Discovery {
  /**
   * Looks at everything once and reports it to the observer, then watches. Resolves when the first look is reported.
   * Never rejects.
   * @param expected apps that must be there: where they are missing, APPS_DIR may be another one than before.
   */
  start(observer: DiscoveryObserver, expected?: readonly ExpectedApp[]): Promise<void>;
  /** Takes the directory's new name at once, so that a rename by command is not told as gone and new. */
  renamed(from: string, to: string): void;
  /** An app was removed by command: the loss of its directory says nothing about APPS_DIR. */
  removed(name: string): void;
  close(): Promise<void>;
}

/** Everything the control plane does to apps' directories. Names are app names or names that discovery told. */
export interface AppFiles {
  /** Looks at one app now; null where there is no such directory, or it is no app's. */
  look(name: string): Promise<AppObservation | null>;
  /** Whether anything of that name is in APPS_DIR. */
  exists(name: string): Promise<boolean>;
  /** @throws Error with the system's reason; then nothing has moved. Never replaces a directory. */
  rename(from: string, to: string): Promise<void>;
  /** Moves the directory to `.trash/<name>-<time>/` and answers that path. @throws Error, and nothing has moved. */
  trash(name: string): Promise<string>;
  /** Moves what `trash` answered back to where it was. @throws Error, and nothing has moved. */
  restore(trashed: string, name: string): Promise<void>;
  /** Ends the stay of what has been in the trash for longer than this. */
  emptyTrash(olderThanMs: number): Promise<void>;
  /** Writes `toes.icon` (null removes it), keeping the file's form. @throws Error, and nothing has changed. */
  writeIcon(name: string, icon: string | null): Promise<void>;
  /** Newest first. */
  releases(name: string): Promise<readonly Release[]>;
  /** Points `current` at a release, atomically. @throws Error, and nothing has changed. */
  activate(name: string, release: string): Promise<void>;
}

/** Clears up after a control plane that was killed in the midst of `writeIcon` or `activate`. */
export interface AppFileRepair {
  /** Removes the temporary files that it may have left in the app's directory. @throws Error */
  removeStrays(name: string): Promise<void>;
  /** Whether the directory of this identity lies in the trash. */
  isTrashed(identity: string): Promise<boolean>;
}
