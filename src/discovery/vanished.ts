import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../contracts/clock.ts';
import type { AppsDirStatus, ExpectedApp } from '../contracts/discovery.ts';
import { reasonOf } from '../core/errors.ts';
import type { AppUser } from '../host/app-user.ts';
import { type AppsRoot, listAppsRoot, openAppsRoot } from './apps-root.ts';
import type { FileIdentity } from './file-identity.ts';
import { CURRENT } from './look.ts';

const ADVICE =
  'No app is stopped for it. Mount or restore it; if the apps are to go, stop them and restart the server';

export interface OpenOptions {
  readonly appsDir: string;
  readonly allowOutside: boolean;
  readonly user: AppUser | null;
  readonly someGone: boolean;
}

/**
 * Tells an APPS_DIR from which apps were removed from one that is not mounted, was emptied, or is hidden by another
 * mount. In the latter, missing directories do not mean that apps are gone (docs/behavior.md A20).
 */
export class VanishedApps {
  /** When each app went: null while it is there. Apps stay here until their directories can hardly come back. */
  private readonly apps = new Map<string, number | null>();
  private readonly clock: Clock;
  private readonly recently: number;
  /** APPS_DIR as it was when apps were seen in it. */
  private identity: FileIdentity | null = null;
  private device: string | null = null;

  /** @param recently in milliseconds: apps that go within it go at once. */
  constructor(clock: Clock, recently: number) {
    this.clock = clock;
    this.recently = recently;
  }

  /** Apps that another control plane saw, and that run. */
  expect(apps: readonly ExpectedApp[]): void {
    for (const { name, identity } of apps) {
      this.apps.set(name, null);
      this.device ??= identity === null ? null : deviceOf(identity);
    }
  }

  /**
   * Opens APPS_DIR. The root is null where APPS_DIR cannot be read, or counts as missing.
   * @param someGone apps were not found.
   */
  async open(options: OpenOptions): Promise<{ root: AppsRoot | null; status: AppsDirStatus }> {
    const { appsDir, allowOutside, user, someGone } = options;
    try {
      const root = await openAppsRoot(appsDir, allowOutside, user);
      const isDoubtful = this.apps.size > 0 && root.identity !== this.identity;
      const error = someGone || isDoubtful ? await this.problem(root, appsDir) : null;
      if (error !== null) return { root: null, status: { ok: false, error } };
      this.identity = root.identity;
      this.device = deviceOf(root.identity);
      return { root, status: { ok: true } };
    } catch (error) {
      return { root: null, status: { ok: false, error: reasonOf(error) } };
    }
  }

  found(name: string): void {
    this.apps.set(name, null);
  }

  gone(name: string): void {
    if (this.apps.has(name)) this.apps.set(name, this.clock.monotonic());
  }

  /** It was removed or renamed by a command. */
  forget(name: string): void {
    this.apps.delete(name);
  }

  /** Why this APPS_DIR counts as missing, a sentence for a person; null: it does not. @throws the system's error */
  private async problem(root: AppsRoot, appsDir: string): Promise<string | null> {
    for (const [name, since] of this.apps) {
      if (since !== null && this.clock.monotonic() - since >= this.recently) this.apps.delete(name);
    }
    const names = [...this.apps.keys()];
    if (names.length === 0) return null;
    if (this.device !== null && deviceOf(root.identity) !== this.device) {
      const there = await Promise.all(names.map((name) => isApp(root, name)));
      const missing = there.filter((is) => !is).length;
      if (missing === 0) return null;
      return `APPS_DIR ${appsDir} is another file system than before, without ${missing} of ${count(names.length)}. ${ADVICE}`;
    }
    // One app that goes alone was removed, unless this is another directory than before.
    const isSudden = names.length > 1 || (this.identity !== null && root.identity !== this.identity);
    if (!isSudden || (await someIsApp(root, names)) || (await hasApps(root))) return null;
    return `APPS_DIR ${appsDir} is empty, and ${count(names.length)} ${names.length === 1 ? 'was' : 'were'} in it. ${ADVICE}`;
  }
}

function deviceOf(identity: FileIdentity): string {
  return identity.slice(0, identity.indexOf(':'));
}

function count(apps: number): string {
  return apps === 1 ? '1 app' : `${apps} apps`;
}

async function hasApps(root: AppsRoot): Promise<boolean> {
  const { names, unreadable } = await listAppsRoot(root);
  if (unreadable.length > 0) return true;
  return someIsApp(root, names);
}

async function someIsApp(root: AppsRoot, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (await isApp(root, name)) return true;
  return false;
}

async function isApp(root: AppsRoot, name: string): Promise<boolean> {
  return lstat(join(root.real, name, CURRENT)).then(
    () => true,
    () => false,
  );
}
