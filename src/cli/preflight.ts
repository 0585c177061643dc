import { readFileSync } from 'node:fs';

/** How many open files a command needs to load, and how many the server needs. */
const FILES_OF_A_COMMAND = 128;
const FILES_OF_THE_SERVER = 256;

/**
 * Why this process cannot run what the arguments ask for, or null if it can. Imports only modules of Node, so that it can run before
 * everything else.
 */
export function preflightProblem(args: readonly string[]): string | null {
  const serves = args[0] === 'serve' && !args.includes('--help') && !args.includes('-h');
  const needed = serves ? FILES_OF_THE_SERVER : FILES_OF_A_COMMAND;
  const limit = openFilesLimit();
  if (limit !== null && limit < needed) {
    return `this process can open ${limit} files at once and needs ${needed}: raise the limit, for example with \`ulimit -n 4096\`, and start it again`;
  }
  // The kernel gives every process whose parent has ended to process 1, which must collect it. Node cannot.
  if (serves && process.platform === 'linux' && process.pid === 1) {
    return 'it is process 1 of this container and would leave every ended process of its apps as a zombie: start the container with an init (`docker run --init`, `init: true` in Compose, or `tini --` in front of the command)';
  }
  return null;
}

/** The hard limit of open files, to which Node raises its own limit at the start. Null if the system does not say. */
function openFilesLimit(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
    return hard === undefined ? null : Number(hard);
  } catch {
    return null;
  }
}
