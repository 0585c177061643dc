import { readFileSync } from 'node:fs';

/** Sizes and places in SQLite's write-ahead log (https://sqlite.org/fileformat.html#walformat), in bytes. */
const HEADER = 32;
const FRAME_HEADER = 24;

/** How many transactions were committed to this database since the last checkpoint that emptied its write-ahead log. */
export function commitsIn(databaseFile: string): number {
  const log = readFileSync(`${databaseFile}-wal`);
  const frame = FRAME_HEADER + log.readUInt32BE(8);
  const salt = log.readBigUInt64BE(16);
  let commits = 0;
  for (let at = HEADER; at + frame <= log.length; at += frame) {
    if (log.readBigUInt64BE(at + 8) !== salt) break;
    // The last frame of a transaction holds the size of the database after it.
    if (log.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}
