import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectoryNow } from '../src/host/files.ts';

/** The write-ahead log's file, to be brought to the disk. */
export interface LogFile {
  /** What was committed is on the disk when this returns. @throws the system's error */
  sync(): void;
  /** The same, while other work goes on. */
  flush(): Promise<void>;
  /** Not to be used any more; what is under way is finished. */
  close(): void;
}

/**
 * The log must be there, and stays there as long as the database is open. SQLite has no locks on
 * this file, which closing it could drop (as it would with the database's other files).
 */
export function openLog(file: string): LogFile {
  const fd = openSync(file, 'r+');
  // SQLite has just made it: its name must be on the disk, too.
  syncDirectoryNow(dirname(file));
  let closed = false;
  let flushing = 0;
  const closeOnce = () => {
    if (closed && flushing === 0) closeSync(fd);
  };
  return {
    sync: () => fdatasyncSync(fd),
    flush: () =>
      new Promise((resolve, reject) => {
        if (closed) throw new Error('The database is closed');
        flushing += 1;
        fdatasync(fd, (error) => {
          flushing -= 1;
          closeOnce();
          if (error) reject(error);
          else resolve();
        });
      }),
    close: () => {
      closed = true;
      closeOnce();
    },
  };
}
