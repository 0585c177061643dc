import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver, RunSpec } from '../../src/contracts/driver.ts';
import type { InstallStore } from '../../src/contracts/stores.ts';
import type { RunId } from '../../src/core/run.ts';
import { createLocalDriver, type LocalDriverOptions } from '../../src/drivers/local/index.ts';
import { createPlatform } from '../../src/drivers/local/platform.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { type DriverRecorder, recordDriver } from './driver-recorder.ts';
import { freePorts } from './free-ports.ts';

/** A local driver in a directory of its own, whose processes are gone when the test is over. */
export interface LocalDriverHarness {
  readonly driver: Driver;
  readonly events: DriverRecorder;
  /** Holds `apps/` and `runs/`. */
  readonly directory: string;
  readonly installs: InstallStore & { readonly keys: ReadonlyMap<string, string> };
  readonly markPrefix: string;
  /** The run's number is new each time; its app has a directory of its own, with these files. */
  spec(
    script: string,
    more?: Partial<RunSpec> & { readonly files?: Readonly<Record<string, string>> },
  ): Promise<RunSpec>;
  /** Begins the run, and answers when it has started. */
  run(spec: RunSpec): Promise<RunSpec>;
  /** What the run's processes wrote so far. */
  output(run: RunId): Promise<{ readonly stdout: string; readonly stderr: string }>;
  /** Lets go of this driver as a crash would, and makes the next control plane's. */
  successor(options?: Partial<LocalDriverOptions>): Promise<LocalDriverHarness>;
  cleanup(): Promise<void>;
}

/** The ways in which this machine can contain a run, each with the driver's options for it. */
export const CONTAINMENTS: readonly (readonly [string, Partial<LocalDriverOptions>])[] = [
  ...(createPlatform().controlGroup === null ? [] : [['in a cgroup', {}] as const]),
  ['without a cgroup', { platform: { ...createPlatform(), controlGroup: null } }],
];

let runs = 0;
let harnesses = 0;

export async function createLocalHarness(
  options: Partial<LocalDriverOptions> = {},
): Promise<LocalDriverHarness> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'toehold-driver-')));
  return harnessIn(directory, `test${process.pid}x${++harnesses}`, memoryInstalls(), options);
}

async function harnessIn(
  directory: string,
  markPrefix: string,
  installs: ReturnType<typeof memoryInstalls>,
  options: Partial<LocalDriverOptions>,
): Promise<LocalDriverHarness> {
  const driver = createLocalDriver({
    runsDir: join(directory, 'runs'),
    hostEnvironment: process.env,
    clock: createSystemClock(),
    installSlots: 2,
    installs,
    markPrefix,
    ...options,
  });
  const events = recordDriver(driver);
  const started = new Set<RunId>();
  const outputOf = (run: RunId, name: string): Promise<string> =>
    readFile(join(directory, 'runs', String(run), name), 'utf8').catch(() => '');

  return {
    driver,
    events,
    directory,
    installs,
    markPrefix,
    async spec(script, { files = {}, ...more } = {}) {
      const run = ++runs;
      const appName = `app-${run}`;
      const appDirectory = join(directory, 'apps', appName);
      const releaseDirectory = join(appDirectory, 'current');
      await mkdir(releaseDirectory, { recursive: true });
      const all = { 'package.json': JSON.stringify({ scripts: { toes: script } }), ...files };
      for (const [name, content] of Object.entries(all))
        await writeFile(join(releaseDirectory, name), content);
      const port = more.port === undefined ? null : more.port;
      return {
        run,
        app: run,
        appName,
        mark: `${markPrefix}-${run}`,
        appDirectory,
        releaseDirectory,
        script,
        port,
        install: true,
        variables: port === null ? {} : { PORT: String(port) },
        ...more,
      };
    },
    async run(spec) {
      driver.begin(spec);
      started.add(spec.run);
      await events.next(spec.run, 'STARTED');
      return spec;
    },
    output: async (run) => ({
      stdout: await outputOf(run, 'stdout.log'),
      stderr: await outputOf(run, 'stderr.log'),
    }),
    async successor(more = {}) {
      driver.close();
      return harnessIn(directory, markPrefix, installs, { ...options, ...more });
    },
    async cleanup() {
      // Also what carries no mark; a run that has ended answers at once.
      for (const run of started) driver.signal(run, 'SIGKILL');
      for (const run of started) await events.next(run, 'ENDED');
      driver.close();
      const last = createLocalDriver({
        runsDir: join(directory, 'runs'),
        hostEnvironment: {},
        clock: createSystemClock(),
        installSlots: 1,
        installs,
        markPrefix,
      });
      await last.endStrangers(new Set());
      last.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function memoryInstalls(): InstallStore & { readonly keys: ReadonlyMap<string, string> } {
  const keys = new Map<string, string>();
  return {
    keys,
    get: (directory) => keys.get(directory) ?? null,
    set: (directory, key) => void keys.set(directory, key),
    forget: (directory) => void keys.delete(directory),
  };
}

/** One free port. */
export async function freePort(): Promise<number> {
  return Number.parseInt(await freePorts(1), 10);
}
