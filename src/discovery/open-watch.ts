import { FSWatcher } from 'chokidar';
import { nextTurn } from '../host/event-loop.ts';

export interface WatchListener {
  /**
   * Something happened to the path itself, or to an entry of it: then `entry` is its name, null where the
   * system did not say. `moved`: made, removed or renamed; else its content or mode changed.
   */
  event(path: string, entry: string | null, moved: boolean): void;
  /** From now on nothing is missed. */
  ready(): void;
  /** Some of it cannot be watched. */
  failed(error: unknown): void;
}

export interface OpenWatch {
  close(): Promise<void>;
}

/**
 * Watches exactly these files and directories, and nothing below them.
 * It goes by chokidar's `raw` events, which name the entry and are told of dangling symlinks and quick
 * replacements too; its others are made for whole trees.
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
      // Between opening a watch and noting it, chokidar awaits: closed there, it would keep that watch for ever.
      await nextTurn();
      const done = watcher.close();
      // It took our listeners off, and an error that nobody listens to would end the process.
      watcher.on('error', () => {});
      await done;
    },
  };
}

function watchedPath(details: unknown): string | null {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return null;
  return typeof details.watchedPath === 'string' ? details.watchedPath : null;
}
