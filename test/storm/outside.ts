import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseListening } from '../../src/host/tcp-sockets.ts';

/** A living process of an app, as /proc tells of it. */
export interface SeenProcess {
  readonly pid: number;
  /** With the pid it names the process for ever. */
  readonly start: string;
  /** By its mark; null where it carries none. */
  readonly run: number | null;
  /** The app's own, no shim and nobody's child. */
  readonly isMain: boolean;
}

/** Clock ticks per second, as nearly every Linux has them. */
const TICKS = 100;
/** Seconds. */
const SETTLED = 3;

/** What `/proc` and the run directories tell of the apps of one directory, whoever supervises them. */
export interface Outside {
  processes(): Promise<SeenProcess[]>;
  /** The word that the run's script ends with; null where there is no such run. */
  wordOf(run: number): Promise<string | null>;
  /** Whose processes listen on each port. */
  listeners(): Promise<{ readonly port: number; readonly process: SeenProcess }[]>;
}

export function lookFromOutside(options: {
  readonly appsDir: string;
  readonly runsDir: string;
  /** The path that a main process has as its first argument. */
  readonly program: string;
}): Outside {
  const { appsDir, runsDir, program } = options;
  const words = new Map<number, string>();
  /** What a process is does not change once it has been there for a while: then it has done its exec. */
  const known = new Map<string, SeenProcess | null>();

  async function processes(): Promise<SeenProcess[]> {
    const uptime = Number.parseFloat(readFileSync('/proc/uptime', 'latin1'));
    const seen = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return seen.map((pid) => look(pid, uptime)).filter((process) => process !== null);
  }

  function look(pid: string, uptime: number): SeenProcess | null {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const start = fields[19] ?? '';
      if (fields[0] === 'Z' || fields[0] === 'X') return null;
      const name = `${pid} ${start}`;
      const before = known.get(name);
      if (before !== undefined) return before;
      const process = identify(Number(pid), start);
      if (uptime - Number(start) / TICKS > SETTLED) known.set(name, process);
      return process;
    } catch {
      return null; // It has ended meanwhile, or is not ours.
    }
  }

  function identify(pid: number, start: string): SeenProcess | null {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    if (!environment.includes(`APPS_DIR=${appsDir}`)) return null;
    const mark = environment.find((variable) => variable.startsWith('TOEHOLD_RUN_ID='));
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const run = mark === undefined ? null : Number(mark.slice(mark.lastIndexOf('-') + 1));
    return { pid, start, run, isMain: args[1] === program };
  }

  return {
    processes,
    async wordOf(run) {
      const known = words.get(run);
      if (known !== undefined) return known;
      const text = await readFile(join(runsDir, String(run), 'meta.json'), 'utf8').catch(() => null);
      const { script } = JSON.parse(text ?? '{}') as { script?: string };
      const word = script?.split(' ').at(-1) ?? null;
      if (word !== null) words.set(run, word);
      return word;
    },
    async listeners() {
      const tables = await Promise.all(
        ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'latin1').catch(() => '')),
      );
      const ports = new Map(tables.flatMap(parseListening).map(({ inode, port }) => [inode, port]));
      const found = await Promise.all(
        (await processes()).map(async (process) => {
          const inodes = await socketsOf(process.pid);
          return inodes.flatMap((inode) => {
            const port = ports.get(inode);
            return port === undefined ? [] : [{ port, process }];
          });
        }),
      );
      return found.flat();
    },
  };
}

async function socketsOf(pid: number): Promise<string[]> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
