import { setTimeout as pause } from 'node:timers/promises';
import { type ToeholdClient, ToeholdError } from '../../../client/index.ts';
import { readClientEnvironment } from '../../config.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { createOutput, type Output } from '../terminal/output.ts';
import { type FoundServer, findServer, type ServerFlags } from './find-server.ts';
import { clientOf } from './guarded-client.ts';

/** What every command that asks a server takes. */
export interface CommonFlags extends ServerFlags {
  readonly json?: boolean;
}

/** A command that is being carried out: the server that it is for, and where its results go. */
export interface Session {
  readonly out: Output;
  readonly json: boolean;
  readonly server: FoundServer;
  readonly client: ToeholdClient;
  /** Whether a browser could open here. */
  readonly desktop: boolean;
  /**
   * Another client, when the server has gone: waits until it is found again, and makes sure that it is the one,
   * as its token must not go to whoever has its port meanwhile. @throws what tells that it is not to be had
   */
  reconnect(): Promise<ToeholdClient>;
}

/** Between two looks for a server that has gone, in milliseconds. */
const LOOK_AGAIN = [100, 200, 400, 800, 1_000] as const;

/** @throws CommandFailure where no server is found */
export async function openSession(flags: CommonFlags): Promise<Session> {
  const environment = readClientEnvironment();
  const find = () => findServer({ flags, environment, cwd: process.cwd() });
  const server = await find();
  let looks = 0;
  return {
    out: createOutput(environment.color),
    json: flags.json === true,
    server,
    client: await clientOf(server),
    desktop: environment.desktop,
    async reconnect() {
      for (;;) {
        await pause(LOOK_AGAIN[Math.min(looks, LOOK_AGAIN.length - 1)]);
        looks += 1;
        try {
          const client = await clientOf(await find());
          await client.request('{ viewer { name } }');
          looks = 0;
          return client;
        } catch (error) {
          if (!isAway(error)) throw error;
        }
      }
    },
  };
}

/** Whether the failure says that the server is not there, or not yet. */
export function isAway(error: unknown): boolean {
  if (error instanceof CommandFailure) return error.exitCode === EXIT.NO_SERVER;
  return error instanceof ToeholdError && ['UNREACHABLE', 'NOT_READY', 'BAD_ANSWER'].includes(error.code);
}
