import { FSWatcher } from 'chokidar';
import { nextTurn } from '../host/event-loop.ts';

export interface WatchListener {
  /**
   * The path itself, or an entry of it, has changed. `entry` is the name; null where the system does not say. `moved`:
   * made, removed or renamed; otherwise its content or mode changed.
   */
  event(path: string, entry: string | null, moved: boolean): void;
  /** From now on no change is missed. */
  ready(): void;
  /** A part cannot be watched. */
  failed(error: unknown): void;
}

export interface OpenWatch {
  close(): Promise<void>;
}

/**
 * Watches exactly these files and directories, and nothing below them.
 * It uses chokidar's `raw` events, which name the entry and also report dangling symlinks and quick replacements.
 * Chokidar's other events are made for whole trees.
 * @param paths real paths: behind a symlink, another directory would be watched.
 */
export function openWatch(paths: readonly string[], listener: WatchListener): OpenWatch {
  const exactly = new Set(paths);
  const watcher = new FSWatcher({
    depth: 0,
    followSymlinks: false,
    ignoreInitial: true,
    ignorePermissionErrors: true,
    atomic: false,
    usePolling: false,
    ignored: (path) => !exactly.has(path),
  });
  let closed = false;
  watcher.on('raw', (event, entry: string | null, details) => {
    const path = watchedPath(details);
    if (!closed && path !== null) listener.event(path, entry, event === 'rename');
  });
  watcher.on('ready', () => {
    if (!closed) listener.ready();
  });
  watcher.on('error', (error) => {
    if (!closed) listener.failed(error);
  });
  watcher.add([...paths]);
  return {
    async close() {
      closed = true;
      // Chokidar awaits between opening a watch and noting it. Closed there, it would keep that watch for ever.
      await nextTurn();
      const done = watcher.close();
      // `close` has removed our listeners, and an error without a listener would end the process.
      watcher.on('error', () => {});
      await done;
    },
  };
}

function watchedPath(details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return null;
  return typeof details.watchedPath === 'string' ? details.watchedPath : null;
}
