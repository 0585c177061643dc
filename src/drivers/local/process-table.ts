/** A living process; zombies are in no table. */
export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Its session; 0 where the system does not show it. */
  readonly session: number;
  /** When it began, on a scale that only this machine's processes of this boot share. With the pid it names a process for ever. */
  readonly start: number;
  /** Processor time that it has used, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory. */
  readonly memoryBytes: number;
  /** Its TOEHOLD_RUN_ID; null where it has none, or it cannot be read. */
  readonly mark: string | null;
  /** The user that it runs as. Read only for a process with a mark; null for others. */
  readonly uid: number | null;
}

export interface ProcessTable {
  /** False where the system shows no environments: then no row has a mark. */
  readonly tellsMarks: boolean;
  readonly rows: ReadonlyMap<number, ProcessRow>;
  readonly byGroup: ReadonlyMap<number, readonly ProcessRow[]>;
  readonly byMark: ReadonlyMap<string, readonly ProcessRow[]>;
  readonly byParent: ReadonlyMap<number, readonly ProcessRow[]>;
  readonly bySession: ReadonlyMap<number, readonly ProcessRow[]>;
}

/** A process that cannot be taken for another one that got its pid later. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: number;
}

/** Where the driver gets processes from; one per kind of system. */
export interface ProcessSource {
  /** Names this boot of the machine. */
  readonly boot: string;
  /** False where the system shows no environments. */
  readonly tellsMarks: boolean;
  /** Whether a name, written down earlier, is that of this boot. */
  isThisBoot(boot: string): boolean;
  /** A look at all processes, begun after the call. Callers of the same moment share one. */
  scan(): Promise<ProcessTable>;
  /** One process, without its mark; null where there is none of this pid, or only a zombie. One small read. @throws where it cannot be read */
  rowOf(pid: number): ProcessRow | null;
  /** When the process began; null where there is none of this pid, or only a zombie. One small read. */
  startOf(pid: number): number | null;
  /** The same for a child that was spawned in this turn of the loop: it may be a zombie already. */
  startOfChild(pid: number): number;
}

export function buildTable(rows: Iterable<ProcessRow>, tellsMarks = true): ProcessTable {
  const all = new Map<number, ProcessRow>();
  const byGroup = new Map<number, ProcessRow[]>();
  const byMark = new Map<string, ProcessRow[]>();
  const byParent = new Map<number, ProcessRow[]>();
  const bySession = new Map<number, ProcessRow[]>();
  for (const row of rows) {
    all.set(row.pid, row);
    add(byGroup, row.group, row);
    if (row.mark !== null) add(byMark, row.mark, row);
    add(byParent, row.parent, row);
    if (row.session !== 0) add(bySession, row.session, row);
  }
  return { tellsMarks, rows: all, byGroup, byMark, byParent, bySession };
}

function add<K>(index: Map<K, ProcessRow[]>, key: K, row: ProcessRow): void {
  const list = index.get(key);
  if (list) list.push(row);
  else index.set(key, [row]);
}
