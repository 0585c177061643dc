import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { appName } from './apps.ts';
import { until } from './measure.ts';
import { type PeerApps, which } from './pm2.ts';

const execute = promisify(execFile);

/** A supervisord with a configuration of its own. Its programs do not start by themselves. */
export class Supervisord {
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly control: string;

  constructor(directory: string, child: ChildProcess, control: string) {
    this.#directory = directory;
    this.#child = child;
    this.control = control;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The arguments of `supervisorctl`. */
  arguments(...args: readonly string[]): readonly string[] {
    return ['-c', join(this.#directory, 'supervisord.conf'), ...args];
  }

  /** Runs `supervisorctl`. */
  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await execute(this.control, [...this.arguments(...args)], { maxBuffer: 1 << 26 });
    return stdout;
  }

  log(index: number): string {
    return join(this.#directory, `${appName(index)}.log`);
  }

  async end(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** Null if supervisord is not on PATH. */
export async function startSupervisord(parent: string, apps: PeerApps): Promise<Supervisord | null> {
  const command = await which('supervisord');
  const control = await which('supervisorctl');
  if (!command || !control) return null;
  const directory = join(parent, 'supervisord');
  mkdirSync(directory, { recursive: true });
  const at = (name: string) => join(directory, name);
  const programs = Array.from({ length: apps.count }, (_, index) =>
    [
      `[program:${appName(index)}]`,
      `command=${[apps.app, ...apps.args].join(' ')}`,
      `environment=PORT="${apps.firstPort + index}"`,
      'autostart=false',
      'autorestart=false',
      'startsecs=0',
      `stdout_logfile=${at(`${appName(index)}.log`)}`,
      'stdout_logfile_maxbytes=0',
    ].join('\n'),
  );
  writeFileSync(
    at('supervisord.conf'),
    `[supervisord]
nodaemon=true
user=root
logfile=${at('supervisord.log')}
pidfile=${at('supervisord.pid')}
[unix_http_server]
file=${at('supervisord.sock')}
[supervisorctl]
serverurl=unix://${at('supervisord.sock')}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
${programs.join('\n')}
`,
  );
  const child = spawn(command, ['-c', at('supervisord.conf')], { stdio: 'ignore' });
  // An interrupted benchmark leaves no supervisord behind.
  process.once('exit', () => child.kill());
  const supervisord = new Supervisord(directory, child, control);
  await until('supervisord answers', () =>
    supervisord.run('pid').then(
      (answer) => Number(answer) === child.pid,
      () => false,
    ),
  );
  return supervisord;
}
