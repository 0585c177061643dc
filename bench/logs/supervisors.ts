import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cpuSeconds } from '../support/measure.ts';

const run = promisify(execFile);

/** One burst under another supervisor: the app's own seconds, and the supervisor's on the processor. */
export interface Burst {
  readonly wall: number;
  readonly cpu: number;
}

/** Another supervisor to measure against. */
export interface Other {
  readonly name: string;
  burst(printer: string, count: number): Promise<Burst>;
  /** From the app's write to a reader of its lines, in milliseconds. */
  waits(ticker: string, count: number): Promise<number[]>;
  end(): Promise<void>;
}

/** Null where the command is not on PATH. */
async function which(command: string): Promise<string | null> {
  const found = await run('sh', ['-c', `command -v ${command}`]).catch(() => null);
  return found && realpathSync(found.stdout.trim());
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await pause(20);
}

/** Resolves when the file has not grown for a second: PM2 and supervisord never say that they are done. */
async function quiet(file: string): Promise<void> {
  let size = -1;
  for (;;) {
    const now = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (now === size) return;
    size = now;
    await pause(1_000);
  }
}

/** The app's seconds; what the supervisor spends until it has written everything is counted too. */
async function measured(
  pid: number,
  result: string,
  log: string,
  start: () => Promise<unknown>,
): Promise<Burst> {
  const before = cpuSeconds(pid);
  await start();
  await until(() => existsSync(result) && readFileSync(result, 'utf8').includes('\n'));
  await quiet(log);
  return { wall: Number(readFileSync(result, 'utf8')), cpu: cpuSeconds(pid) - before };
}

/** PM2's bus, which `pm2 logs` listens to. */
interface Bus {
  connect(callback: (error: unknown) => void): void;
  launchBus(
    callback: (
      error: unknown,
      bus: { on(event: string, listener: (packet: { data: string }) => void): void },
    ) => void,
  ): void;
  disconnect(): void;
}

export async function startPm2(directory: string): Promise<Other | null> {
  const command = await which('pm2');
  if (!command) return null;
  const env = { ...process.env, PM2_HOME: join(directory, 'pm2') };
  const pm2 = (...args: string[]) => run(command, args, { env });
  await pm2('ping');
  const pid = Number(readFileSync(join(env.PM2_HOME, 'pm2.pid'), 'utf8'));
  let number = 0;
  const start = (script: string, log: string, args: string[], interpreter: string) =>
    pm2(
      'start',
      script,
      '--name',
      `app${number}`,
      '--no-autorestart',
      '--interpreter',
      interpreter,
      '-o',
      log,
      '-e',
      '/dev/null',
      '--',
      ...args,
    );
  return {
    name: 'pm2',
    async burst(printer, count) {
      number++;
      const log = join(directory, `pm2-${number}.log`);
      const result = join(directory, `pm2-${number}.result`);
      const burst = await measured(pid, result, log, () => start(printer, log, [`${count}`, result], 'none'));
      await pm2('delete', `app${number}`);
      return burst;
    },
    async waits(ticker, count) {
      number++;
      process.env.PM2_HOME = env.PM2_HOME;
      const api = createRequire(command)('pm2') as Bus;
      const waits: number[] = [];
      await new Promise<void>((resolve) => api.connect(() => resolve()));
      await new Promise<void>((resolve) => {
        api.launchBus((_error, bus) => {
          bus.on('log:out', ({ data }) => {
            const now = process.hrtime.bigint();
            for (const line of data.trim().split('\n')) waits.push(Number(now - BigInt(line)) / 1e6);
          });
          resolve();
        });
      });
      await start(ticker, join(directory, `pm2-${number}.log`), [`${count}`], process.execPath);
      await until(() => waits.length >= count);
      api.disconnect();
      return waits;
    },
    async end() {
      await pm2('kill');
    },
  };
}

export async function startSupervisord(directory: string): Promise<Other | null> {
  const command = await which('supervisord');
  const control = await which('supervisorctl');
  if (!command || !control) return null;
  const at = (name: string) => join(directory, name);
  let number = 0;
  async function withProgram<T>(
    program: string,
    work: (pid: number, log: string, start: () => Promise<unknown>) => Promise<T>,
  ): Promise<T> {
    const log = at(`supervisord-${++number}.log`);
    writeFileSync(
      at('supervisord.conf'),
      `[supervisord]\nnodaemon=true\nlogfile=${at('supervisord.log')}\npidfile=${at('supervisord.pid')}\nuser=root
[unix_http_server]\nfile=${at('supervisord.sock')}\n[supervisorctl]\nserverurl=unix://${at('supervisord.sock')}
[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:app]\ncommand=${program}\nautostart=false\nautorestart=false\nstartsecs=0\nstdout_logfile=${log}\nstdout_logfile_maxbytes=0\n`,
    );
    const child = spawn(command ?? '', ['-c', at('supervisord.conf')], { stdio: 'ignore' });
    const ctl = (...args: string[]) => run(control ?? '', ['-c', at('supervisord.conf'), ...args]);
    for (let ready = false; !ready; ) {
      ready = await ctl('pid').then(
        ({ stdout }) => Number(stdout) === child.pid,
        () => false,
      );
      if (!ready) await pause(50);
    }
    try {
      return await work(child.pid ?? 0, log, () => ctl('start', 'app'));
    } finally {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
  return {
    name: 'supervisord',
    burst(printer, count) {
      const result = at(`supervisord-${number + 1}.result`);
      return withProgram(`${printer} ${count} ${result}`, (pid, log, start) =>
        measured(pid, result, log, start),
      );
    },
    waits(ticker, count) {
      return withProgram(`${process.execPath} ${ticker} ${count}`, async (_pid, log, start) => {
        writeFileSync(log, '');
        const waits: number[] = [];
        const tail = spawn(control ?? '', ['-c', at('supervisord.conf'), 'tail', '-f', 'app', 'stdout'], {
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        tail.stdout.on('data', (data: Buffer) => {
          const now = process.hrtime.bigint();
          for (const line of `${data}`.split('\n')) {
            if (/^\d{10,}$/.test(line)) waits.push(Number(now - BigInt(line)) / 1e6);
          }
        });
        await once(tail, 'spawn');
        // It prints a heading when it listens.
        await once(tail.stdout, 'data');
        await start();
        await until(() => waits.length >= count * 0.9);
        tail.kill();
        return waits;
      });
    },
    end: async () => {},
  };
}
