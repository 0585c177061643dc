import { join } from 'node:path';
import type { RunSpec } from '../contracts/driver.ts';
import type { AppRecord } from '../contracts/stores.ts';
import type { Run, RunId } from '../core/run.ts';

export interface SpecOptions {
  readonly appsDir: string;
  /** Unique to this control plane's data directory on this machine: no other one takes its processes for its own. */
  readonly markPrefix: string;
  /** Where apps reach the control plane: TOES_URL. Known once the server listens. */
  readonly url: () => string;
}

/** The value of a run's TOEHOLD_RUN_ID. */
export function markOf(prefix: string, run: RunId): string {
  return `${prefix}-${run}`;
}

/** Whether there is something to run: a script, and a directory to run it in. */
export function isRunnable({ manifest, directory }: AppRecord): boolean {
  return manifest !== null && directory !== null;
}

/**
 * What the driver needs to run the app as it is now, or to find a run of it again.
 * @param token what the run may use this API by; it is not needed to find a run again.
 */
export function specOf(
  record: AppRecord,
  run: Run,
  options: SpecOptions,
  token: string | null = null,
): RunSpec {
  const { manifest, directory } = record;
  return {
    run: run.id,
    app: record.id,
    appName: record.name,
    mark: markOf(options.markPrefix, run.id),
    appDirectory: join(options.appsDir, record.name),
    releaseDirectory: directory ?? '',
    script: manifest?.script ?? '',
    port: run.port,
    install: manifest?.install ?? false,
    variables: {
      ...(run.port === null ? {} : { PORT: String(run.port) }),
      NO_AUTOPORT: 'true',
      APPS_DIR: options.appsDir,
      TOES_URL: options.url(),
      ...(token === null ? {} : { TOES_TOKEN: token }),
    },
  };
}
