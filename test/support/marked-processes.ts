import { readdir, readFile } from 'node:fs/promises';

/** The living processes that were given this variable with this value: on Linux, from /proc. Zombies are not counted. */
export async function processesWith(variable: string, value: string): Promise<number[]> {
  const wanted = `${variable}=${value}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
        return environment.split('\0').includes(wanted) ? Number(pid) : undefined;
      } catch {
        return undefined; // It has ended meanwhile, or is not ours.
      }
    }),
  );
  return found.filter((pid) => pid !== undefined);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
