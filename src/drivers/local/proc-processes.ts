import { readdirSync, readFileSync, statSync } from 'node:fs';
import { MARK_VARIABLE } from '../../core/run.ts';
import { Slices } from '../../host/event-loop.ts';
import { codeOf } from '../../host/files.ts';
import { bootId, isDead, type ProcessStat, readStat } from '../../host/process-identity.ts';
import { coalesce, persistently } from './coalesce.ts';
import { buildTable, type ProcessRow, type ProcessSource } from './process-table.ts';

/** How many processes are read before other work goes on: less than a millisecond's work. */
const SLICE = 32;
/** A process this young may be about to exec, and get its environment only then. */
const YOUNG_MS = 3_000;
/** Rounds of one scan: each reads what was born during the one before. */
const ROUNDS = 6;

/**
 * Processes from /proc. Reads are synchronous in short slices: a /proc read takes some 10 µs and never
 * waits for a disk, and a thread pool hop costs several times that.
 */
export function createProcProcesses(): ProcessSource {
  const { ticksPerSecond, pageSize } = systemUnits();
  const msPerTick = 1_000 / ticksPerSecond;
  const marks = new Map<number, Marked & { readonly start: number }>();

  function markOf(stat: ProcessStat, uptimeTicks: number): Marked {
    const known = marks.get(stat.pid);
    if (known?.start === stat.start) return known;
    const marked = readMark(stat.pid);
    if (marked.mark !== null || (uptimeTicks - stat.start) * msPerTick > YOUNG_MS) {
      marks.set(stat.pid, { start: stat.start, ...marked });
    }
    return marked;
  }

  const rowFrom = (stat: ProcessStat, marked: Marked): ProcessRow => ({
    ...{ pid: stat.pid, parent: stat.parent, group: stat.group, session: stat.session, start: stat.start },
    ...{ cpuMs: stat.cpu * msPerTick, memoryBytes: stat.rss * pageSize, mark: marked.mark, uid: marked.uid },
  });

  /**
   * A process that forks and ends between the listing and the look at it would hide its child. So the listing
   * is taken again until a round finds no new process and misses none.
   */
  async function look(): Promise<ReturnType<typeof buildTable>> {
    const uptimeTicks = Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * ticksPerSecond;
    const rows = new Map<number, ProcessRow>();
    const seen = new Set<number>();
    for (let round = 0; round < ROUNDS; round++) {
      let settled = true;
      const slices = new Slices(SLICE);
      for (const name of readdirSync('/proc')) {
        const pid = Number(name);
        if (!Number.isInteger(pid) || seen.has(pid)) continue;
        const pause = slices.after();
        if (pause) await pause;
        seen.add(pid);
        settled = false;
        const stat = readStat(pid);
        if (!stat || isDead(stat)) continue;
        rows.set(pid, rowFrom(stat, markOf(stat, uptimeTicks)));
      }
      if (settled) break;
    }
    for (const pid of marks.keys()) if (!seen.has(pid)) marks.delete(pid);
    return buildTable(rows.values());
  }

  const boot = bootId();
  if (boot === null) throw new Error('/proc/sys/kernel/random/boot_id cannot be read');
  return {
    boot,
    tellsMarks: true,
    isThisBoot: (other) => other === boot,
    // At most a quarter of a core, however often it is asked for.
    scan: coalesce(
      () => persistently(look),
      (tookMs) => Math.min(3 * tookMs, 500),
    ),
    rowOf(pid) {
      const stat = readStat(pid);
      return stat && !isDead(stat) ? rowFrom(stat, UNMARKED) : null;
    },
    startOf(pid) {
      try {
        const stat = readStat(pid);
        return stat && !isDead(stat) ? stat.start : null;
      } catch {
        return null;
      }
    },
    // It is there until the loop has reaped it.
    startOfChild: (pid) => readStat(pid)?.start ?? 0,
  };
}

/** A process's mark, and the user who could have set it. */
type Marked = Pick<ProcessRow, 'mark' | 'uid'>;

const UNMARKED: Marked = { mark: null, uid: null };

/** In bytes. A longer one is none of ours, and is not kept for each process that has it. */
const LONGEST_MARK = 128;
const MARK = Buffer.from(`${MARK_VARIABLE}=`);

function readMark(pid: number): Marked {
  const path = `/proc/${pid}/environ`;
  let environ: Buffer;
  try {
    environ = readFileSync(path);
  } catch (error) {
    if (['EMFILE', 'ENFILE'].includes(codeOf(error))) throw error;
    return UNMARKED;
  }
  for (let at = environ.indexOf(MARK); at >= 0; at = environ.indexOf(MARK, at + 1)) {
    if (at > 0 && environ[at - 1] !== 0) continue;
    const end = environ.indexOf(0, at);
    const last = end < 0 ? environ.length : end;
    if (last - at - MARK.length > LONGEST_MARK) return UNMARKED;
    const mark = environ.toString('utf8', at + MARK.length, last);
    // proc_pid(5): the files of a process belong to the user that it runs as.
    const uid = statSync(path, { throwIfNoEntry: false })?.uid ?? null;
    return uid === null ? UNMARKED : { mark, uid };
  }
  return UNMARKED;
}

/** Clock ticks and page size from the auxiliary vector (AT_CLKTCK, AT_PAGESZ), as getconf prints them. */
function systemUnits(): { ticksPerSecond: number; pageSize: number } {
  const units = { ticksPerSecond: 100, pageSize: 4_096 };
  try {
    const words = new BigUint64Array(new Uint8Array(readFileSync('/proc/self/auxv')).buffer);
    for (let i = 0; i + 1 < words.length; i += 2) {
      if (words[i] === 17n) units.ticksPerSecond = Number(words[i + 1]);
      if (words[i] === 6n) units.pageSize = Number(words[i + 1]);
    }
  } catch {
    // A 32-bit vector, or none to read: the values above are those of nearly every machine.
  }
  return units;
}
