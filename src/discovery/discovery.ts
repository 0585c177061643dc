import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../contracts/clock.ts';
import type {
  AppsDirStatus,
  Discovery,
  DiscoveryObserver,
  ExpectedApp,
  Stray,
} from '../contracts/discovery.ts';
import { reasonOf } from '../core/errors.ts';
import type { Times } from '../core/times.ts';
import type { AppUser } from '../host/app-user.ts';
import { codeOf } from '../host/files.ts';
import { type AppsRoot, listAppsRoot } from './apps-root.ts';
import { type Look, lookAfterRename, lookAt, lookAtBytes, shownBytes } from './look.ts';
import { Settle } from './settle.ts';
import { StrayNotices, strayOf } from './strays.ts';
import { VanishedApps } from './vanished.ts';
import { Watches } from './watches.ts';

export interface DiscoveryOptions {
  readonly appsDir: string;
  /** Whether apps may lie outside of APPS_DIR. */
  readonly allowOutside: boolean;
  /** The user as whom apps run (TOEHOLD_APP_USER). Null, or left out: the user of this process. */
  readonly user?: AppUser | null;
  readonly clock: Clock;
  readonly times: Pick<Times, 'watchSettle' | 'rescanInterval' | 'goneAfter'>;
  /** Takes a sentence for a person; each problem is reported once. */
  readonly warn?: (message: string) => void;
  /** Takes a line for the person who runs the server: a directory that is no app, and what to do. */
  readonly notice?: (text: string) => void;
  /** How a person calls this program, for notices: `toehold`, or `npx toehold`. */
  readonly command?: string;
}

/** How many apps are looked at together. Between two bunches the event loop turns. */
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

/** Finds the apps of APPS_DIR and reports what changes (docs/behavior.md A3, A20). */
export class AppDiscovery implements RescannableDiscovery {
  private readonly options: DiscoveryOptions;
  private readonly settle: Settle;
  private readonly watches: Watches;
  private readonly vanished: VanishedApps;
  /** Every directory of APPS_DIR, also those that are no apps. */
  private readonly known = new Map<string, Look>();
  /**
   * Apps that turned invalid at the last look, and by which content. A half-written file is invalid, too, so they are
   * reported when a second look finds the same content.
   */
  private readonly doubted = new Map<string, string>();
  /** When `renamed` gave a name to another directory. A look that began before that reports nothing of it. */
  private readonly renames = new Map<string, number>();
  private readonly notices: StrayNotices;
  private readonly warned = new Set<string>();
  /** APPS_DIR as last found; null while it is missing. */
  private root: AppsRoot | null = null;
  /** Counts looks. */
  private step = 0;
  private observer: DiscoveryObserver | null = null;
  private status: AppsDirStatus | null = null;
  private closed = false;
  private cancelRescan: (() => void) | null = null;
  private queue: Promise<void> = Promise.resolve();

  constructor(options: DiscoveryOptions) {
    const { clock, times } = options;
    this.options = options;
    this.vanished = new VanishedApps(clock, times.goneAfter);
    this.notices = new StrayNotices(
      clock,
      times.goneAfter,
      (text) => options.notice?.(text),
      options.command,
    );
    this.settle = new Settle(clock, times.watchSettle, (names) => {
      void this.enqueue(() => (names.includes(ROOT) ? this.sweep(true) : this.lookAgain(names)));
    });
    this.watches = new Watches({
      clock,
      changed: (name, entry, moved) => this.changed(name, entry, moved),
      refused: (error) => this.watchRefused(error),
    });
  }

  async start(observer: DiscoveryObserver, expected: readonly ExpectedApp[] = []): Promise<void> {
    this.observer = observer;
    this.vanished.expect(expected);
    await this.enqueue(() => this.sweep(false));
    this.scheduleRescan();
  }

  rescan(): Promise<void> {
    return this.enqueue(() => this.sweep(false));
  }

  renamed(from: string, to: string): void {
    const look = this.known.get(from);
    this.known.delete(from);
    this.doubted.delete(from);
    this.watches.drop(from);
    // What was reported of the new name before may have been taken for the rename itself: it is reported again.
    this.known.delete(to);
    if (look && this.root) this.known.set(to, lookAfterRename(look, this.root, from, to));
    this.vanished.forget(from);
    for (const name of [from, to]) {
      this.renames.set(name, this.step);
      this.settle.mark(name);
    }
  }

  removed(name: string): void {
    this.vanished.forget(name);
  }

  strays(): readonly Stray[] {
    return [...this.known]
      .flatMap(([name, look]) => strayOf(name, look) ?? [])
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async close(): Promise<void> {
    this.closed = true;
    this.notices.close();
    this.cancelRescan?.();
    this.settle.close();
    await this.queue;
    await this.watches.close();
  }

  private changed(name: string, entry: string | null, moved: boolean): void {
    const { settle, known, root } = this;
    if (name !== ROOT) return settle.mark(name);
    // A file in APPS_DIR may be written to all day.
    if (entry !== null && (moved || known.has(entry))) settle.mark(entry);
    if (entry === null || (moved && entry === basename(root?.real ?? ''))) settle.mark(ROOT);
  }

  private watchRefused(error: unknown): void {
    const code = codeOf(error) || reasonOf(error);
    const hint = code === 'ENOSPC' ? ' (raise fs.inotify.max_user_watches)' : '';
    const seconds = this.options.times.rescanInterval / 1000;
    this.warnOnce(
      code,
      `Files cannot be watched: ${reasonOf(error)}${hint}; changes are found every ${seconds} s`,
    );
  }

  private warnOnce(key: string, message: string): void {
    if (!this.warned.has(key)) this.options.warn?.(message);
    this.warned.add(key);
  }

  /** One look at a time: two could report what they found in the wrong order. */
  private enqueue(work: () => Promise<void>): Promise<void> {
    this.queue = this.queue
      .then(() => (this.closed ? undefined : work()))
      .catch((error) => this.options.warn?.(reasonOf(error)));
    return this.queue;
  }

  /** If the observer throws, only this report is lost. */
  private report(what: (observer: DiscoveryObserver) => void): void {
    try {
      if (this.observer !== null && !this.closed) what(this.observer);
    } catch (error) {
      this.options.warn?.(`A change that discovery found was not accepted: ${reasonOf(error)}`);
    }
  }

  /** @param someGone apps were not found. That counts only if APPS_DIR is still the one that they were in. */
  private async openRoot(someGone = false): Promise<AppsRoot | null> {
    const { appsDir, allowOutside, user = null } = this.options;
    const { root, status } = await this.vanished.open({ appsDir, allowOutside, user, someGone });
    if (this.closed) return null;
    this.root = root;
    if (root) this.watches.set(ROOT, [{ path: root.real, identity: root.identity, entries: 'all' }]);
    else this.watches.drop(ROOT);
    if (!isDeepStrictEqual(status, this.status)) {
      this.status = status;
      this.report((to) => to.appsDir(status));
      this.scheduleRescan();
    }
    return root;
  }

  /** @param confirm an app that turned invalid is looked at twice before it is reported. */
  private async sweep(confirm: boolean): Promise<void> {
    const opened = await this.openRoot();
    if (opened === null) return;
    const began = this.step++;
    const entries = await listAppsRoot(opened).catch(async (error) => {
      // It may have become unreadable since it was opened: that is its status, and not a failure of this look.
      if ((await this.openRoot()) === null) return null;
      throw error;
    });
    if (entries === null) return;
    const { names, unreadable } = entries;
    const candidates = [
      ...names.map(candidate),
      ...unreadable.map((bytes) => ({ name: shownBytes(bytes), look: () => lookAtBytes(opened, bytes) })),
    ];
    const listed = new Set(candidates.map(({ name }) => name));
    const unlisted = [...this.known.keys()].filter((name) => !listed.has(name));
    if (unlisted.length > 0 && (await this.openRoot(true)) === null) return;
    for (const name of unlisted) this.take(name, null, began, confirm);
    await this.examine(opened, candidates, confirm);
  }

  private async lookAgain(names: readonly string[]): Promise<void> {
    const opened = await this.openRoot();
    if (opened !== null) await this.examine(opened, names.map(candidate), true);
  }

  private async examine(opened: AppsRoot, candidates: readonly Candidate[], confirm: boolean): Promise<void> {
    for (let first = 0; first < candidates.length && !this.closed; first += BUNCH) {
      const bunch = candidates.slice(first, first + BUNCH);
      const began = this.step++;
      const looks = await Promise.all(
        bunch.map(({ name, look }) =>
          look(opened, this.known.get(name)).catch((error) => this.cannotLook(name, error)),
        ),
      );
      // No app is gone where APPS_DIR itself is gone: a look into a directory that was just removed finds nothing.
      const gone = bunch.filter((_, index) => looks[index] !== undefined && !looks[index]?.observation);
      const someGone = gone.some(({ name }) => this.known.get(name)?.observation);
      if (gone.length > 0 && (await this.openRoot(someGone)) === null) return;
      // The old name of a moved directory is reported gone before the new one is reported.
      const found = bunch.map(({ name }, index) => ({ name, look: looks[index] }));
      for (const { name, look } of found) if (look === null) this.take(name, look, began, confirm);
      for (const { name, look } of found) if (look) this.take(name, look, began, confirm);
    }
  }

  private cannotLook(name: string, error: unknown): undefined {
    const message = `The directory of ${name} cannot be looked at: ${reasonOf(error)}`;
    this.warnOnce(message, message);
  }

  /** Takes what a look found, and reports what differs. */
  private take(name: string, look: Look | null, began: number, confirm: boolean): void {
    if (this.closed) return;
    if ((this.renames.get(name) ?? 0) > began) return this.settle.mark(name);
    this.renames.delete(name);
    const previous = this.known.get(name);
    this.notices.found(name, strayOf(name, look));
    if (!look?.observation) this.vanished.gone(name);
    if (look === null) {
      this.doubted.delete(name);
      this.watches.drop(name);
      this.known.delete(name);
      if (previous?.observation) this.report((to) => to.gone(name));
      return;
    }
    this.watches.set(name, look.watch);
    const { observation } = look;
    const turnedInvalid = previous?.observation?.manifest.ok && observation?.manifest.ok === false;
    const version = look.reading?.file?.version ?? '';
    if (confirm && turnedInvalid && this.doubted.get(name) !== version) {
      this.doubted.set(name, version);
      return this.settle.mark(name);
    }
    this.doubted.delete(name);
    this.known.set(name, look);
    if (observation) this.vanished.found(name);
    if (isDeepStrictEqual(previous?.observation ?? null, observation)) return;
    this.report((to) => (observation ? to.seen(observation) : to.gone(name)));
  }

  /** There is always one rescan ahead; it comes sooner while APPS_DIR is missing. */
  private scheduleRescan(): void {
    this.cancelRescan?.();
    if (this.closed) return;
    const { clock, times } = this.options;
    const wait =
      this.status?.ok === false ? Math.min(MISSING_INTERVAL, times.rescanInterval) : times.rescanInterval;
    this.cancelRescan = clock.after(
      wait,
      () => void this.enqueue(() => this.sweep(true)).then(() => this.scheduleRescan()),
    );
  }
}

function candidate(name: string): Candidate {
  return { name, look: (root, previous) => lookAt(root, name, previous) };
}
