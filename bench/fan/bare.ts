import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts, Stamps } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { type Shape, startTailServer } from '../support/tail-server.ts';

/** The app without a supervisor, with its output in a file, and the bare server that tails it. */
export interface Bare {
  /** The port of the server. */
  readonly port: number;
  readonly appPort: number;
  end(): Promise<void>;
}

export async function startBare({ app, directory }: Bench, shape: Shape): Promise<Bare> {
  const path = join(directory, 'bare.log');
  writeFileSync(path, '');
  const out = openSync(path, 'a');
  const appPort = await freePorts(1);
  const stamps = new Stamps(join(directory, 'bare.stamps'));
  const child = spawn(app, ['--stamps', stamps.path], {
    env: { PORT: `${appPort}` },
    stdio: ['ignore', out, 'inherit'],
  });
  closeSync(out);
  await stamps.next(1);
  const server = await startTailServer();
  const { port } = await server.ask({ type: 'listen', path, shape });
  return {
    port,
    appPort,
    async end() {
      await server.end();
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
