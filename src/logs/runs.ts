import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MarkStore } from '../contracts/marks.ts';
import type { AppId } from '../core/app.ts';
import { type LogStream, RUN_FILES, type RunId } from '../core/run.ts';
import { DIRECTORY_MODE } from './format.ts';
import { createSpool, type Spool } from './write/spool.ts';
import type { Watch } from './write/watch.ts';

export const STREAMS: readonly LogStream[] = ['STDOUT', 'STDERR', 'SUPERVISOR'];

/** A run whose files are known to the writer. */
export interface FollowedRun {
  readonly id: RunId;
  readonly app: AppId;
  readonly directory: string;
  readonly spools: Readonly<Record<LogStream, Spool>>;
  /** Null once it has ended. */
  watch: Watch | null;
}

export function followedRun(
  marks: MarkStore,
  run: { readonly id: RunId; readonly app: AppId },
  directory: string,
): FollowedRun {
  try {
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  } catch {
    // Its files are then missing, which is like empty ones.
  }
  const spool = (stream: LogStream) =>
    createSpool(join(directory, RUN_FILES[stream]), marks.lastOfRun(run.id, stream));
  return {
    id: run.id,
    app: run.app,
    directory,
    spools: { STDOUT: spool('STDOUT'), STDERR: spool('STDERR'), SUPERVISOR: spool('SUPERVISOR') },
    watch: null,
  };
}

/** The streams that have been written to, in the order in which that happened last. */
export function byLastChange(run: FollowedRun): { stream: LogStream; changedAt: number }[] {
  return STREAMS.flatMap((stream) => {
    const changedAt = run.spools[stream].changedAt();
    return changedAt === null ? [] : [{ stream, changedAt }];
  }).sort((a, b) => a.changedAt - b.changedAt);
}
