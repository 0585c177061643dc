import type { ControlPlane } from '../compose.ts';
import type { Config } from '../config.ts';
import type { Clock } from '../contracts/clock.ts';
import { reasonOf } from '../core/errors.ts';
import { ownIdentity, removeServerFile, writeServerFile } from './server-file.ts';
import { listenForStop, type SignalSource } from './stop-signals.ts';

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

/**
 * One life of the server: start, wait for the signal to end, end. Answers whether every app ended in time.
 * @throws what the start throws; apps that it has started by then run on, for the next server to take.
 */
export async function runServer(options: RunServerOptions): Promise<{ readonly clean: boolean }> {
  const { config, control, print } = options;
  const detach = config.onExit === 'detach';
  let stopping = false;
  const asked = new Promise<void>((resolve) => {
    listenForStop({
      ...{ source: options.signals, clock: options.clock },
      stop: (signal) => {
        stopping = true;
        print(
          `toehold: ${signal}: ${detach ? 'ends, and leaves the apps running' : 'ends every app, and then itself'}`,
        );
        resolve();
      },
      force: (signal) => {
        print(`toehold: ${signal} again: kills what is left`);
        control.force();
      },
    });
  });

  await publish(options);
  const started = control.start().then(() => {
    if (!stopping) options.ready(control.url);
  });
  await Promise.race([asked, started.then(() => asked)]);
  const { clean } = await control.shutdown({ detach });
  await removeServerFile(config.stateDir);
  return { clean };
}

/** Lets clients find the server. Where that fails (a full disk, say), they do not, and all else works. */
async function publish({ config, control, print }: RunServerOptions): Promise<void> {
  const { url, instanceId } = control;
  try {
    await writeServerFile(config.stateDir, { url, pid: process.pid, ...(await ownIdentity()), instanceId });
  } catch (error) {
    print(`toehold: server.json cannot be written: ${reasonOf(error)}`);
  }
}
