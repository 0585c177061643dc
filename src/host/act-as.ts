import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { AppUser } from './app-user.ts';
import { asUser } from './as-user.ts';
import { ownFile } from './own-files.ts';
import { DEFAULT_PATH } from './shell.ts';

/** One thing that is done to files. Paths are absolute. */
export type Act =
  /** Never replaces anything. */
  | { readonly act: 'rename'; readonly from: string; readonly to: string }
  | { readonly act: 'makeDirectory'; readonly path: string; readonly mode: number }
  /** Makes a symlink, in one step in the place of another. */
  | { readonly act: 'point'; readonly path: string; readonly temporary: string; readonly target: string }
  | {
      readonly act: 'replace';
      readonly path: string;
      readonly temporary: string;
      readonly text: string;
      readonly mode: number;
      /** The group that it shall have, if it can; null: whichever it gets. */
      readonly gid: number | null;
    }
  | { readonly act: 'remove'; readonly path: string }
  /** Removes a directory with all that is in it. `timeout` in milliseconds. */
  | { readonly act: 'removeTree'; readonly path: string; readonly timeout: number }
  /** Removes all that is in the directory that the process is started in, and not that directory. */
  | { readonly act: 'empty'; readonly timeout: number };

/** What the user may not do, or what the system refused it. `code` is the system's. */
export class ActError extends Error {
  override readonly name = 'ActError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** How long one act may take, in milliseconds. */
const PATIENCE = 15_000;
/** More is no answer of ours, in bytes. */
const LARGEST_ANSWER = 8_192;
/** What the system may have refused; an answer that names something else was forged. */
const CODE = /^E[A-Z0-9]{1,20}$/;

let program: string | null = null;

/**
 * Does it as that user, in a process of its own that ends with it: so nothing that the user's other processes do to
 * the path meanwhile reaches what that user could not reach by itself. They may trace that process, and forge its
 * answer: it holds no secret, and whoever calls believes of the answer no more than that it was tried.
 * The process does not keep this one alive.
 * @param directory where the process starts; entered by this process's rights, so that the user need not be able to.
 * @param patience in milliseconds; then it is killed.
 * @throws ActError
 */
export async function actAs(user: AppUser, act: Act, directory = '/', patience = PATIENCE): Promise<void> {
  program ??= readFileSync(ownFile('src/host/acts.cjs'), 'utf8');
  const node = await openNode();
  try {
    const answer = await run(user, node, program, JSON.stringify(act), directory, patience);
    if (answer.code !== undefined) throw new ActError(answer.code, answer.message);
  } finally {
    await node?.close();
  }
}

/** Node itself, open: the user may not be allowed to enter the directory that it lies in. */
async function openNode(): Promise<FileHandle | null> {
  return process.platform === 'linux' ? open('/proc/self/exe') : null;
}

type Answer = { readonly code?: undefined } | { readonly code: string; readonly message: string };

function run(
  user: AppUser,
  node: FileHandle | null,
  text: string,
  input: string,
  cwd: string,
  patience: number,
): Promise<Answer> {
  const { program, args, ids } = asUser(user, node ? '/proc/self/fd/3' : process.execPath, ['-e', text]);
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...ids,
      cwd,
      env: { PATH: DEFAULT_PATH },
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore', node?.fd ?? 'ignore'],
    });
    const { stdin, stdout } = child as typeof child & { stdin: Writable; stdout: Readable };
    const end = setTimeout(() => {
      finish({ code: 'ETIMEDOUT', message: `It took longer than ${patience / 1000} s` });
    }, patience);
    let output = Buffer.alloc(0);

    function finish(answer: Answer): void {
      clearTimeout(end);
      stdout.destroy();
      // With all that it started; it is its own group's leader, and not reaped as long as it runs.
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
        killGroup(child.pid);
      resolve(answer);
    }

    end.unref();
    child.unref();
    for (const stream of [stdin, stdout]) (stream as unknown as { unref?(): void }).unref?.();
    child.once('error', (error: NodeJS.ErrnoException) =>
      finish({ code: error.code ?? 'EFAULT', message: error.message }),
    );
    stdout.on('data', (chunk: Buffer) => {
      output = Buffer.concat([output, chunk]);
      if (output.length > LARGEST_ANSWER) finish(NO_ANSWER);
    });
    child.once('close', () => finish(parsed(output.toString())));
    stdin.on('error', () => {});
    stdin.end(input);
  });
}

const NO_ANSWER: Answer = { code: 'EFAULT', message: 'The process that does it gave no answer' };

function parsed(text: string): Answer {
  try {
    const { code, message } = JSON.parse(text);
    if (code === undefined) return {};
    if (!CODE.test(String(code))) return NO_ANSWER;
    // Another process of that user may have written it.
    return { code, message: String(message).replace(/[\x00-\x1f\x7f-\x9f]/g, '?') };
  } catch {
    return NO_ANSWER;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
