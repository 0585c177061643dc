import type { ControlPlane } from '../../compose.ts';
import { stateHomeOf } from '../../config/client-environment.ts';
import type { Config } from '../../config.ts';
import type { Clock } from '../../contracts/clock.ts';
import { reasonOf } from '../../core/errors.ts';
import { ownIdentity } from '../../host/process-identity.ts';
import { registerServer, unregisterServer } from '../servers/server-list.ts';
import { removeServerFile, takeShutdownRequest, writeServerFile } from '../servers/state-files.ts';
import { listenForStop, type SignalSource } from './process-events.ts';

export interface RunServerOptions {
  readonly config: Config;
  /** Listens already. */
  readonly control: ControlPlane;
  readonly signals: SignalSource;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** Told once, when everything is recovered and found; not at all where it was told to end before. */
  readonly ready: (url: string) => void;
}

/** How long the server's own last work may take once everything was killed, in milliseconds. */
const LAST_WORK = 3_000;

/**
 * One life of the server: start, wait for the signal to end, end. Answers whether every app ended in time.
 * @throws what the start throws; apps that it has started by then run on, for the next server to take.
 */
export async function runServer(options: RunServerOptions): Promise<{ readonly clean: boolean }> {
  const { config, control, clock, print } = options;
  let onExit = config.onExit;
  const asked = deferred();
  const cutShort = deferred();
  let stopping = false;
  let forced = false;
  listenForStop({
    ...{ source: options.signals, clock },
    stop: (signal) => {
      stopping = true;
      onExit = takeShutdownRequest(config.stateDir, control.instanceId, clock.now()) ?? onExit;
      const rest = onExit === 'detach' ? ', and leaves the apps running' : ' every app, and then itself';
      print(`toehold: ${signal}: ends${rest}`);
      asked.resolve();
    },
    force: (signal) => {
      forced = true;
      print(`toehold: ${signal} again: kills what is left`);
      control.force();
      clock.after(LAST_WORK, cutShort.resolve);
    },
  });

  await publish(options);
  const started = control.start().then(() => {
    if (!stopping) options.ready(control.url);
  });
  await Promise.race([asked.promise, started.then(() => asked.promise)]);
  const end = await Promise.race([control.shutdown({ detach: onExit === 'detach' }), cutShort.promise]);
  await removeServerFile(config.stateDir);
  await unregisterServer(stateHomeOf(config.environment), config.stateDir).catch(() => {});
  return { clean: !forced && end?.clean === true };
}

function deferred(): { readonly promise: Promise<undefined>; readonly resolve: () => void } {
  let resolve = (_value: undefined): void => {};
  const promise = new Promise<undefined>((resolver) => {
    resolve = resolver;
  });
  return { promise, resolve: () => resolve(undefined) };
}

/** Lets clients find the server. Where that fails (a full disk, say), they do not, and all else works. */
async function publish({ config, control, print }: RunServerOptions): Promise<void> {
  const { url, instanceId } = control;
  const { version, appsDir, ports, allowOutside, appUser, appApi } = config;
  try {
    await writeServerFile(config.stateDir, {
      url,
      ...(config.socket === null ? {} : { socket: config.socket }),
      pid: process.pid,
      ...ownIdentity(),
      instanceId,
      version,
      settings: { appsDir, ports, allowOutside, appUser, appApi },
    });
  } catch (error) {
    print(`toehold: server.json cannot be written: ${reasonOf(error)}`);
  }
  try {
    await registerServer(stateHomeOf(config.environment), config.stateDir);
  } catch (error) {
    print(`toehold: commands will find this server by --data-dir only: ${reasonOf(error)}`);
  }
}
