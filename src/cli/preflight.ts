import { readFileSync } from 'node:fs';

/** How many open files a command needs to be loaded, and how many the server needs to do its work. */
const FILES_OF_A_COMMAND = 128;
const FILES_OF_THE_SERVER = 256;

/**
 * Why this process cannot do what the arguments ask for in the place where it runs, for the person who started it; null
 * where it can. Imports nothing but Node's own, so that it can be asked first.
 */
export function preflightProblem(args: readonly string[]): string | null {
  const serves = args[0] === 'serve' && !args.includes('--help') && !args.includes('-h');
  const needed = serves ? FILES_OF_THE_SERVER : FILES_OF_A_COMMAND;
  const limit = openFilesLimit();
  if (limit !== null && limit < needed) {
    return `this process may open ${limit} files at once, and needs ${needed}: raise the limit, such as with \`ulimit -n 4096\`, then start it again`;
  }
  // The kernel hands every process whose parent has ended to number 1, which must collect it: Node cannot.
  if (serves && process.platform === 'linux' && process.pid === 1) {
    return 'it is process 1 of this container, and would leave every ended process of its apps as a zombie: start the container with an init (`docker run --init`, `init: true` in Compose, or `tini --` in front of the command)';
  }
  return null;
}

/** The hard limit, to which Node raises its own at the start. Null where the system does not tell it. */
function openFilesLimit(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
    return hard === undefined ? null : Number(hard);
  } catch {
    return null;
  }
}
