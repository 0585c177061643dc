import { execFile, spawnSync } from 'node:child_process';
import { uptime } from 'node:os';
import { coalesce, persistently } from './coalesce.ts';
import { buildTable, type ProcessRow, type ProcessSource } from './process-table.ts';

const COLUMNS = 'pid=,ppid=,pgid=,stat=,rss=,time=,lstart=';
// Dates in English and in one time zone, whatever this process's own are.
const OPTIONS = {
  env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
} as const;
/** Two boots of a machine are further apart than this, and the clocks' drift between two looks is less. */
const SAME_BOOT_SECONDS = 60;

/**
 * Processes where there is no /proc: POSIX ps. It shows no marks, so a run is its process group there,
 * and a start time only to the second.
 * @param ps the program, or its path.
 */
export function createPsProcesses(ps = 'ps'): ProcessSource {
  const booted = Math.round(Date.now() / 1_000 - uptime());
  // Of the last look: what has begun since then is not known to have any start.
  let last: ReadonlyMap<number, ProcessRow> = new Map();

  async function look() {
    const text = await new Promise<string>((resolve, reject) => {
      execFile(ps, ['-A', '-o', COLUMNS], OPTIONS, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
    const rows = parsePs(text);
    // This process at least is there: an empty list is a failure.
    if (rows.length === 0) throw new Error('ps showed no processes');
    const table = buildTable(rows, false);
    last = table.rows;
    return table;
  }

  return {
    boot: `booted ${booted}`,
    tellsMarks: false,
    isThisBoot(boot) {
      const other = /^booted (\d+)$/.exec(boot)?.[1];
      return other !== undefined && Math.abs(Number(other) - booted) <= SAME_BOOT_SECONDS;
    },
    // A ps that fails (no memory, no process left) is no proof that no process lives.
    scan: coalesce(
      () => persistently(look),
      (tookMs) => Math.min(3 * tookMs, 500),
    ),
    rowOf: (pid) => last.get(pid) ?? null,
    startOf(pid) {
      try {
        process.kill(pid, 0);
      } catch {
        return null;
      }
      return last.get(pid)?.start ?? null;
    },
    startOfChild(pid) {
      const { stdout } = spawnSync(ps, ['-o', 'lstart=', '-p', String(pid)], OPTIONS);
      return Date.parse(`${stdout?.trim().replace(/\s+/g, ' ')} UTC`) || 0;
    },
  };
}

/** The living processes in the output of `ps -A -o pid=,ppid=,pgid=,stat=,rss=,time=,lstart=`. */
export function parsePs(text: string): ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const line of text.split('\n')) {
    const [pid, parent, group, state, rss, time, ...started] = line.trim().split(/\s+/);
    const start = Date.parse(`${started.join(' ')} UTC`);
    if (!state || state.startsWith('Z') || !Number.isFinite(start)) continue;
    rows.push({
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      session: 0,
      start,
      cpuMs: milliseconds(time ?? ''),
      memoryBytes: Number(rss) * 1_024,
      mark: null,
      uid: null,
    });
  }
  return rows;
}

/** `[[dd-]hh:]mm:ss[.cc]` */
function milliseconds(time: string): number {
  const [days, clock] = time.includes('-') ? time.split('-') : ['0', time];
  const seconds = (clock ?? '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000;
}
