import { readdir, readFile, readlink } from 'node:fs/promises';

/** The living processes that were given this variable with this value: on Linux, from /proc. Zombies are not counted. */
export function processesWith(variable: string, value: string): Promise<number[]> {
  return processesThat((environment) => environment.includes(`${variable}=${value}`));
}

/** The living processes of the apps in this directory, installations too: these are known by a mark and by where they work. */
export function processesOfApps(appsDir: string): Promise<number[]> {
  return processesThat(async (environment, pid) => {
    if (environment.includes(`APPS_DIR=${appsDir}`)) return true;
    if (!environment.some((variable) => variable.startsWith('TOEHOLD_RUN_ID='))) return false;
    return (await readlink(`/proc/${pid}/cwd`)).startsWith(`${appsDir}/`);
  });
}

async function processesThat(
  are: (environment: readonly string[], pid: string) => boolean | Promise<boolean>,
): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
        return (await are(environment.split('\0'), pid)) ? Number(pid) : undefined;
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
