import { constants, existsSync } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findControlGroup, ownControlGroup } from '../../drivers/local/control-groups.ts';
import { trustDirectory } from '../../host/trust.ts';
import { Puncher } from '../../logs/retention/punch.ts';
import { lookUpServer } from '../servers/live-server.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const MB = 2 ** 20;
/** Below this every log shrinks (DESIGN: disk nearly full), in bytes. */
const DISK_FULL = 64 * MB;
const DISK_LOW = 1024 * MB;
/** A directory of an app is a watch or three. */
const FEW_WATCHES = 8_192;
const FEW_INSTANCES = 16;

/** Limits of inotify(7): how many directories can be watched, and by how many watchers. */
export const inotify: Check = {
  name: 'inotify',
  async run() {
    const { ok, warning } = findingsOf(inotify.name);
    const [watches, instances] = await Promise.all([limit('max_user_watches'), limit('max_user_instances')]);
    if (watches === null || instances === null)
      return [ok('This system has no inotify: it tells of changes in another way')];
    const found: Finding[] = [];
    if (watches < FEW_WATCHES)
      found.push(
        warning(
          `${watches} directories can be watched (fs.inotify.max_user_watches)`,
          `Changes of apps may be seen only every 30 s: run sysctl fs.inotify.max_user_watches=${FEW_WATCHES * 8}`,
        ),
      );
    if (instances < FEW_INSTANCES)
      found.push(
        warning(
          `${instances} watchers are allowed for a user (fs.inotify.max_user_instances)`,
          'Run sysctl fs.inotify.max_user_instances=128',
        ),
      );
    return found.length > 0 ? found : [ok(`${watches} watches and ${instances} watchers are allowed`)];
  },
};

async function limit(name: string): Promise<number | null> {
  const text = await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8').catch(() => null);
  return text === null ? null : Number(text);
}

/** Whether each run can have a cgroup of its own: for the server that runs, else for one that would be started here. */
export const containment: Check = {
  name: 'containment',
  async run({ stateDir }) {
    const { ok, warning } = findingsOf(containment.name);
    const lookup = await lookUpServer(stateDir, { known: true });
    const group = lookup.live ? await groupOf(lookup.server.entry.pid) : findControlGroup();
    if (group !== null) return [ok(`Each run gets a cgroup of its own, below ${group}`)];
    return [
      warning(
        `${lookup.live ? 'The server' : 'A server that is started here'} cannot make cgroups for runs`,
        'A process that leaves its process group and clears its environment may outlive its app: run the server as a service (toehold service install) or as root, on a system with cgroup version 2',
      ),
    ];
  },
};

/** The cgroup of a process, where this user may make groups in it. */
async function groupOf(pid: number): Promise<string | null> {
  try {
    const [mounts, groups] = await Promise.all(
      ['/proc/self/mountinfo', `/proc/${pid}/cgroup`].map((path) => readFile(path, 'utf8')),
    );
    const group = ownControlGroup(mounts ?? '', groups ?? '');
    if (group !== null) await access(group, constants.W_OK);
    return group;
  } catch {
    return null;
  }
}

/** Whether old log bytes can be freed under an app that writes on. */
export const holes: Check = {
  name: 'hole punching',
  async run({ stateDir }) {
    const { ok, warning } = findingsOf(holes.name);
    const trust = trustDirectory(stateDir);
    if (!trust.ok && trust.code === 'untrusted')
      return [warning(`${trust.problem}: nothing was tried there`, trust.advice)];
    const directory = existing(join(stateDir, 'runs'));
    if (await new Puncher(directory).canPunch())
      return [ok(`Old log bytes can be freed in place in ${directory}`)];
    return [
      warning(
        `Old log bytes cannot be freed in place in ${directory}`,
        'Logs are truncated instead, and each time tells of a gap: install util-linux (fallocate), or use ext4, XFS, Btrfs or tmpfs',
      ),
    ];
  },
};

export const disk: Check = {
  name: 'disk',
  async run({ dataDir, stateDir }) {
    const { ok, warning, problem } = findingsOf(disk.name);
    const directory = existing(existsSync(stateDir) ? stateDir : dataDir);
    const { bavail, bsize, files, ffree } = await statfs(directory);
    const free = bavail * bsize;
    const found = `${Math.round(free / MB)} MB are free where ${directory} lies`;
    const advice = 'Make room: an app whose log meets a full disk may fail for it';
    // Some file systems count no inodes: they have none to run out of.
    if (files > 0 && ffree < 1_000)
      return [problem(`${found}, but only ${ffree} more files can be made`, 'Remove files')];
    if (free < DISK_FULL) return [problem(found, advice)];
    return [free < DISK_LOW ? warning(found, advice) : ok(found)];
  },
};

/** The directory itself, or the nearest one above it that is there. */
function existing(directory: string): string {
  return existsSync(directory) ? directory : existing(dirname(directory));
}
