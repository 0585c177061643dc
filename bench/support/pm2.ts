import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { appName } from './apps.ts';
import { cleanEnvironment } from './toehold.ts';

const execute = promisify(execFile);

/** The program's path, without symlinks; null if it is not on PATH. */
export async function which(program: string): Promise<string | null> {
  const found = await execute('sh', ['-c', `command -v ${program}`]).catch(() => null);
  return found && realpathSync(found.stdout.trim());
}

/** How the same apps run under another supervisor: app 0 has `firstPort`, and so on. */
export interface PeerApps {
  readonly count: number;
  readonly app: string;
  readonly args: readonly string[];
  readonly firstPort: number;
}

/** A PM2 daemon with a home of its own. */
export class Pm2 {
  readonly command: string;
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;

  constructor(command: string, home: string) {
    this.command = command;
    this.home = home;
    this.environment = { ...cleanEnvironment(), PM2_HOME: home };
  }

  get pid(): number {
    return Number(readFileSync(join(this.home, 'pm2.pid'), 'utf8'));
  }

  /** The arguments of node that run the `pm2` command. */
  arguments(...args: readonly string[]): readonly string[] {
    return [this.command, ...args];
  }

  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await execute(process.execPath, [...this.arguments(...args)], {
      env: this.environment,
      maxBuffer: 1 << 26,
    });
    return stdout;
  }

  /** Writes a file that `pm2 start` takes, and returns its path. */
  configure({ count, app, args, firstPort }: PeerApps): string {
    const path = join(this.home, 'apps.json');
    const apps = Array.from({ length: count }, (_, index) => ({
      name: appName(index),
      script: app,
      args,
      interpreter: 'none',
      exec_mode: 'fork',
      autorestart: false,
      env: { PORT: `${firstPort + index}` },
      out_file: this.log(index),
      error_file: '/dev/null',
    }));
    writeFileSync(path, JSON.stringify({ apps }));
    return path;
  }

  log(index: number): string {
    return join(this.home, `${appName(index)}.log`);
  }

  async end(): Promise<void> {
    await this.run('kill');
  }
}

/** Null if `pm2` is not on PATH. */
export async function startPm2(directory: string): Promise<Pm2 | null> {
  const command = await which('pm2');
  if (!command) return null;
  const home = join(directory, 'pm2');
  mkdirSync(home, { recursive: true });
  const pm2 = new Pm2(command, home);
  await pm2.run('ping');
  // An interrupted benchmark leaves no daemon behind. PM2 removes its file of the process id when it ends.
  process.once('exit', () => {
    if (existsSync(join(home, 'pm2.pid'))) process.kill(pm2.pid);
  });
  return pm2;
}
