import type { ControlPlane } from '../../compose.ts';
import { stateHomeOf } from '../../config/client-environment.ts';
import type { Config } from '../../config.ts';
import type { Clock } from '../../contracts/clock.ts';
import { reasonOf } from '../../core/errors.ts';
import { ownIdentity } from '../../host/process-identity.ts';
import { registerServer, unregisterServer } from '../servers/registration.ts';
import { removeServerFile, takeShutdownRequest, writeServerFile } from '../servers/state-files.ts';
import { listenForStop, type SignalSource } from './process-events.ts';

interface RunServerOptions {
  readonly config: Config;
  /** Already listens. */
  readonly control: ControlPlane;
  readonly signals: SignalSource;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /**
   * Called once, when everything is recovered and found; never if a signal to end came before. What it returns is
   * called when the server begins to end.
   */
  readonly ready: () => () => void;
}

/** The time limit of the server's own last work after everything was killed, in milliseconds. */
const LAST_WORK = 3_000;

/**
 * Starts the server, waits for the signal to end, and shuts down.
 * @returns whether every app ended in time
 * @throws what the start throws. Apps that it had started keep running, and the next server recovers them.
 */
export async function runServer(options: RunServerOptions): Promise<{ readonly clean: boolean }> {
  const { config, control, clock, print } = options;
  let onExit = config.onExit;
  const asked = deferred();
  const cutShort = deferred();
  let stopping = false;
  let forced = false;
  let leave = (): void => {};
  listenForStop({
    ...{ source: options.signals, clock },
    stop: (signal) => {
      stopping = true;
      leave();
      onExit = takeShutdownRequest(config.stateDir, control.instanceId, clock.now()) ?? onExit;
      const rest = onExit === 'detach' ? ' and leaves the apps running' : ' after all apps have stopped';
      print(`toehold: ${signal}: the server ends${rest}`);
      asked.resolve();
    },
    force: (signal) => {
      forced = true;
      print(`toehold: ${signal} again: kills every process that is left`);
      control.force();
      clock.after(LAST_WORK, cutShort.resolve);
    },
  });

  await publish(options);
  const started = control.start().then(() => {
    if (!stopping) leave = options.ready();
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

/** Lets commands find the server. If that fails (for example, the disk is full), they cannot find it, but everything else works. */
async function publish({ config, control, print }: RunServerOptions): Promise<void> {
  const { url, instanceId } = control;
  const { version, appsDir, ports, allowOutside, appUser, appApi, tokenFile } = config;
  try {
    await writeServerFile(config.stateDir, {
      url,
      ...(config.socket === null ? {} : { socket: config.socket }),
      pid: process.pid,
      ...ownIdentity(),
      instanceId,
      version,
      settings: { appsDir, ports, allowOutside, appUser, appApi, tokenFile },
    });
  } catch (error) {
    print(`toehold: server.json cannot be written: ${reasonOf(error)}`);
  }
  try {
    await registerServer(stateHomeOf(config.environment), config.stateDir);
  } catch (error) {
    print(`toehold: commands will find this server only with --data-dir: ${reasonOf(error)}`);
  }
}
