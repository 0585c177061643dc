import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import type { HeardLine } from './listener.ts';

const FILES: Readonly<Record<string, string>> = {
  STDOUT: 'stdout.log',
  STDERR: 'stderr.log',
  SUPERVISOR: 'supervisor.log',
};

/** One file, as far as what was heard was compared with it. */
interface Account {
  readonly path: string;
  /** Heard, and not yet compared. */
  readonly heard: string[];
  /** Bytes of the file that were compared. */
  offset: number;
  /** The last number that an app's own lines had. */
  number: number;
}

/** Compares the lines that a client gets with the files that apps write to: none may be missing, none come twice. */
export interface Ledger {
  heard(line: HeardLine): void;
  /** Waits until all that is in the files now was heard, and compares it. @throws Error */
  balance(): Promise<void>;
  readonly lines: () => number;
}

export function createLedger(runsDir: string): Ledger {
  const accounts = new Map<string, Account>();
  let lines = 0;

  function accountOf(run: number, stream: string): Account {
    const path = join(runsDir, String(run), FILES[stream] ?? stream);
    const account = accounts.get(path) ?? { path, heard: [], offset: 0, number: 0 };
    accounts.set(path, account);
    return account;
  }

  async function compare(account: Account, size: number): Promise<void> {
    const written = await linesIn(account.path, account.offset, size);
    let missing = written.length;
    await until(
      () => {
        missing = written.length - account.heard.length;
        return missing <= 0;
      },
      `what is in ${account.path} was heard`,
      10_000,
    ).catch((error) => {
      throw new Error(
        `${error.message}: ${missing} of ${written.length} lines are missing, the first of them "${written[account.heard.length]}"`,
      );
    });
    const heard = account.heard.splice(0, written.length);
    const wrong = written.findIndex((line, index) => line !== heard[index]);
    if (wrong >= 0)
      throw new Error(`${account.path} has "${written[wrong]}", and what was heard is "${heard[wrong]}"`);
    if (account.path.endsWith('stdout.log')) checkNumbers(account, heard);
    account.offset = size;
    lines += heard.length;
  }

  return {
    lines: () => lines,
    heard: ({ run, stream, text }) => void accountOf(run, stream).heard.push(text),
    async balance() {
      for (const run of await readdir(runsDir)) {
        for (const stream of Object.keys(FILES)) accountOf(Number(run), stream);
      }
      for (const account of accounts.values()) {
        const [first] = account.heard;
        const size = await sizeOf(account.path);
        if (size > account.offset) await compare(account, size);
        else if (first !== undefined) throw new Error(`"${first}" was heard, and is not in ${account.path}`);
      }
    },
  };
}

/** An app's own numbers follow one another: what is in the file is all that it printed. */
function checkNumbers(account: Account, heard: readonly string[]): void {
  for (const line of heard) {
    const number = Number(line.split(' ').at(-1));
    account.number += 1;
    if (number !== account.number)
      throw new Error(`${account.path}: "${line}" follows number ${account.number - 1}`);
  }
}

async function sizeOf(path: string): Promise<number> {
  const facts = await stat(path).catch(() => null);
  return facts?.size ?? 0;
}

async function linesIn(path: string, from: number, to: number): Promise<string[]> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    const text = buffer.toString('utf8', 0, bytesRead);
    if (!text.endsWith('\n'))
      throw new Error(`${path} ends within a line: ${JSON.stringify(text.slice(-80))}`);
    // Lines without text are left out of a log.
    return text.split('\n').filter((line) => line !== '');
  } finally {
    await file.close();
  }
}
