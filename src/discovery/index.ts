import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../contracts/clock.ts';
import type { AppsDirStatus, Discovery, DiscoveryObserver } from '../contracts/discovery.ts';
import { reasonOf } from '../core/errors.ts';
import type { Times } from '../core/times.ts';
import type { AppUser } from '../host/app-user.ts';
import { codeOf } from '../host/files.ts';
import { type AppsRoot, listAppsRoot, openAppsRoot } from './apps-root.ts';
import { type Look, lookAfterRename, lookAt, lookAtBytes, shownBytes } from './look.ts';
import { createSettle } from './settle.ts';
import { VanishedApps } from './vanished.ts';
import { createWatches } from './watches.ts';

export interface DiscoveryOptions {
  readonly appsDir: string;
  /** Whether apps may lie outside of APPS_DIR. */
  readonly allowOutside: boolean;
  /** As whom apps run (TOEHOLD_APP_USER); as whoever this process is where it is not given, or null. */
  readonly user?: AppUser | null;
  readonly clock: Clock;
  readonly times: Pick<Times, 'watchSettle' | 'rescanInterval' | 'goneAfter'>;
  /** Takes a sentence for a person; each problem is told once. */
  readonly warn?: (message: string) => void;
}

/** So many apps are looked at at a time; between two such bunches the loop goes round. */
const BUNCH = 32;

/** How often a missing APPS_DIR is looked for, in milliseconds. */
const MISSING_INTERVAL = 1_000;

/** Stands for APPS_DIR itself among the names of its entries. */
const ROOT = '';

/** One entry of APPS_DIR, and how to look at it. */
interface Candidate {
  readonly name: string;
  look(root: AppsRoot, previous: Look | undefined): Promise<Look | null>;
}

/** Discovery that also looks when it is asked to, and not only when a watch or its timer says so. */
export interface RescannableDiscovery extends Discovery {
  /** Looks at all apps now. Resolves when every difference is reported. */
  rescan(): Promise<void>;
}

/** Finds the apps of APPS_DIR and tells what changes (docs/behavior.md A3, A20). */
export function createDiscovery(options: DiscoveryOptions): RescannableDiscovery {
  const { appsDir, allowOutside, user = null, clock, times, warn = () => {} } = options;
  /** Every directory of APPS_DIR, those that are no apps too. */
  const known = new Map<string, Look>();
  /**
   * Apps that turned invalid at the last look, and by which content: half-written files are invalid, too, so a
   * look that finds the same content again decides.
   */
  const doubted = new Map<string, string>();
  /** When a name was given another meaning by `renamed`; looks that began before tell nothing of it. */
  const renames = new Map<string, number>();
  const warned = new Set<string>();
  const vanished = new VanishedApps(clock, times.goneAfter);
  /** APPS_DIR as last found; null while it is missing. */
  let root: AppsRoot | null = null;
  let step = 0;
  let observer: DiscoveryObserver | null = null;
  let status: AppsDirStatus | null = null;
  let closed = false;
  let cancelRescan: (() => void) | null = null;
  let queue: Promise<void> = Promise.resolve();

  const settle = createSettle(clock, times.watchSettle, (names) => {
    void inTurn(() => (names.includes(ROOT) ? sweep(true) : lookAgain(names)));
  });
  const watches = createWatches({ clock, changed, refused });

  function changed(name: string, entry: string | null, moved: boolean): void {
    if (name !== ROOT) return settle.mark(name);
    // A file in APPS_DIR may be written to all day.
    if (entry !== null && (moved || known.has(entry))) settle.mark(entry);
    if (entry === null || (moved && entry === basename(root?.real ?? ''))) settle.mark(ROOT);
  }

  function refused(error: unknown): void {
    const code = codeOf(error) || reasonOf(error);
    if (warned.has(code)) return;
    warned.add(code);
    const hint = code === 'ENOSPC' ? ' (raise fs.inotify.max_user_watches)' : '';
    const seconds = times.rescanInterval / 1000;
    warn(`Files cannot be watched: ${reasonOf(error)}${hint}; changes are found every ${seconds} s`);
  }

  /** One look at a time: two could tell their findings in the wrong order. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    queue = queue.then(() => (closed ? undefined : work())).catch((error) => warn(reasonOf(error)));
    return queue;
  }

  /** An observer that throws loses what it was told, and nothing else happens. */
  function tell(what: (observer: DiscoveryObserver) => void): void {
    try {
      if (observer !== null && !closed) what(observer);
    } catch (error) {
      warn(`What discovery told was not taken: ${reasonOf(error)}`);
    }
  }

  /** @param someGone apps were not found: whether APPS_DIR is the one that they were in decides whether that counts. */
  async function openRoot(someGone = false): Promise<AppsRoot | null> {
    let opened: AppsRoot | null = null;
    let found: AppsDirStatus = { ok: true };
    try {
      opened = await openAppsRoot(appsDir, allowOutside, user);
      if (someGone || vanished.doubts(opened)) {
        const error = await vanished.problem(opened, appsDir);
        if (error !== null) found = { ok: false, error };
      }
    } catch (error) {
      found = { ok: false, error: reasonOf(error) };
    }
    if (closed) return null;
    if (!found.ok) opened = null;
    else if (opened) vanished.accept(opened);
    root = opened;
    if (root) watches.set(ROOT, [{ path: root.real, identity: root.identity, entries: 'all' }]);
    else watches.drop(ROOT);
    if (!isDeepStrictEqual(found, status)) {
      status = found;
      tell((to) => to.appsDir(found));
      scheduleRescan();
    }
    return root;
  }

  /** @param confirm whether an app that turned invalid is looked at twice before it is told. */
  async function sweep(confirm: boolean): Promise<void> {
    const opened = await openRoot();
    if (opened === null) return;
    const began = step++;
    const entries = await listAppsRoot(opened).catch(async (error) => {
      // It may have become unreadable since it was opened: that is its status, and not a failure of this look.
      if ((await openRoot()) === null) return null;
      throw error;
    });
    if (entries === null) return;
    const { names, unreadable } = entries;
    const candidates = [
      ...names.map(candidate),
      ...unreadable.map((bytes) => ({ name: shownBytes(bytes), look: () => lookAtBytes(opened, bytes) })),
    ];
    const listed = new Set(candidates.map(({ name }) => name));
    const unlisted = [...known.keys()].filter((name) => !listed.has(name));
    if (unlisted.length > 0 && (await openRoot(true)) === null) return;
    for (const name of unlisted) settled(name, null, began, confirm);
    await examine(opened, candidates, confirm);
  }

  async function lookAgain(names: readonly string[]): Promise<void> {
    const opened = await openRoot();
    if (opened !== null) await examine(opened, names.map(candidate), true);
  }

  async function examine(
    opened: AppsRoot,
    candidates: readonly Candidate[],
    confirm: boolean,
  ): Promise<void> {
    for (let first = 0; first < candidates.length && !closed; first += BUNCH) {
      const bunch = candidates.slice(first, first + BUNCH);
      const began = step++;
      const looks = await Promise.all(
        bunch.map(({ name, look }) => look(opened, known.get(name)).catch((error) => problem(name, error))),
      );
      // Apps do not go while APPS_DIR goes: a look into a directory that was just removed finds nothing.
      const gone = bunch.filter((_, index) => looks[index] !== undefined && !looks[index]?.observation);
      const someGone = gone.some(({ name }) => known.get(name)?.observation);
      if (gone.length > 0 && (await openRoot(someGone)) === null) return;
      // The old name of a moved directory goes before the new one comes.
      const found = bunch.map(({ name }, index) => ({ name, look: looks[index] }));
      for (const { name, look } of found) if (look === null) settled(name, look, began, confirm);
      for (const { name, look } of found) if (look) settled(name, look, began, confirm);
    }
  }

  function problem(name: string, error: unknown): undefined {
    const message = `The directory of ${name} cannot be looked at: ${reasonOf(error)}`;
    if (!warned.has(message)) warn(message);
    warned.add(message);
  }

  /** Takes what a look found, and tells it where something differs. */
  function settled(name: string, look: Look | null, began: number, confirm: boolean): void {
    if (closed) return;
    if ((renames.get(name) ?? 0) > began) return settle.mark(name);
    renames.delete(name);
    const previous = known.get(name);
    if (!look?.observation) vanished.gone(name);
    if (look === null) {
      doubted.delete(name);
      watches.drop(name);
      known.delete(name);
      if (previous?.observation) tell((to) => to.gone(name));
      return;
    }
    watches.set(name, look.watch);
    const { observation } = look;
    const turnedInvalid = previous?.observation?.manifest.ok && observation?.manifest.ok === false;
    const version = look.reading?.file?.version ?? '';
    if (confirm && turnedInvalid && doubted.get(name) !== version) {
      doubted.set(name, version);
      return settle.mark(name);
    }
    doubted.delete(name);
    known.set(name, look);
    if (observation) vanished.found(name);
    if (isDeepStrictEqual(previous?.observation ?? null, observation)) return;
    tell((to) => (observation ? to.seen(observation) : to.gone(name)));
  }

  /** One rescan ahead at any time, and sooner while APPS_DIR is missing. */
  function scheduleRescan(): void {
    cancelRescan?.();
    if (closed) return;
    const wait =
      status?.ok === false ? Math.min(MISSING_INTERVAL, times.rescanInterval) : times.rescanInterval;
    cancelRescan = clock.after(wait, () => void inTurn(() => sweep(true)).then(scheduleRescan));
  }

  return {
    async start(to, expected = []) {
      observer = to;
      vanished.expect(expected);
      await inTurn(() => sweep(false));
      scheduleRescan();
    },
    rescan: () => inTurn(() => sweep(false)),
    renamed(from, to) {
      const look = known.get(from);
      known.delete(from);
      doubted.delete(from);
      watches.drop(from);
      // What was told of the new name before may have been taken for the rename itself: it is told again.
      known.delete(to);
      if (look && root) known.set(to, lookAfterRename(look, root, from, to));
      vanished.forget(from);
      for (const name of [from, to]) {
        renames.set(name, step);
        settle.mark(name);
      }
    },
    removed: (name) => vanished.forget(name),
    async close() {
      closed = true;
      cancelRescan?.();
      settle.close();
      await queue;
      await watches.close();
    },
  };
}

function candidate(name: string): Candidate {
  return { name, look: (root, previous) => lookAt(root, name, previous) };
}
