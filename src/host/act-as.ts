import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { AppUser } from './app-user.ts';
import { asUser } from './as-user.ts';
import { ownFile } from './own-files.ts';
import { DEFAULT_PATH } from './shell.ts';

/** One change of files. Paths are absolute. */
export type Act =
  /** Never replaces anything. */
  | { readonly act: 'rename'; readonly from: string; readonly to: string }
  | { readonly act: 'makeDirectory'; readonly path: string; readonly mode: number }
  /** Makes a symlink, and replaces another one in one step. */
  | { readonly act: 'point'; readonly path: string; readonly temporary: string; readonly target: string }
  | {
      readonly act: 'replace';
      readonly path: string;
      readonly temporary: string;
      readonly text: string;
      readonly mode: number;
      /** The group of the new file, if the user may set it; null: the system's choice. */
      readonly gid: number | null;
    }
  | { readonly act: 'remove'; readonly path: string }
  /** Removes a directory and its content. `timeout` in milliseconds. */
  | { readonly act: 'removeTree'; readonly path: string; readonly timeout: number }
  /** Removes the content of the directory that the process is started in. */
  | { readonly act: 'empty'; readonly timeout: number };

/** The system refused the change. `code` is the system's. */
export class ActError extends Error {
  override readonly name = 'ActError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** How long one change may take, in milliseconds. */
const PATIENCE = 15_000;
/** A longer answer is forged. In bytes. */
const LARGEST_ANSWER = 8_192;
/** The form of the system's codes. An answer with any other code is forged. */
const CODE = /^E[A-Z0-9]{1,20}$/;

let program: string | null = null;

/**
 * Makes a change as that user, in a process of its own. Whatever other processes of the user do to the path meanwhile,
 * the change reaches only what the user itself could reach. They may trace that process and forge its answer. So it has
 * no secret, and the caller may conclude from the answer only that the change was tried. The process does not keep this
 * one alive.
 * @param directory where the process starts. It is entered with this process's rights, which the user may lack.
 * @param patience in milliseconds; then the process is killed.
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

/** Node's own file, opened here because the user may not be allowed to enter its directory. */
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
      // Kills all that it started, too: it leads its own group, and is not reaped while it runs.
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
