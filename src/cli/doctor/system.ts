import { constants, existsSync } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findControlGroup, ownControlGroup } from '../../drivers/local/control-groups.ts';
import { trustDirectory } from '../../host/trust.ts';
import { Puncher } from '../../logs/retention/punch.ts';
import { toehold } from '../own-name.ts';
import { lookUpServer } from '../servers/live-server.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const MB = 2 ** 20;
/** With less free disk every log shrinks. Bytes. */
const DISK_FULL = 64 * MB;
const DISK_LOW = 1024 * MB;
/** An app needs one to three watches. */
const FEW_WATCHES = 8_192;
const FEW_INSTANCES = 16;

/** The limits of inotify(7): how many directories can be watched, and by how many watchers. */
export const inotify: Check = {
  name: 'inotify',
  async run() {
    const { ok, warning } = findingsOf(inotify.name);
    const [watches, instances] = await Promise.all([limit('max_user_watches'), limit('max_user_instances')]);
    if (watches === null || instances === null)
      return [ok('This system has no inotify, and reports file changes in another way')];
    const found: Finding[] = [];
    if (watches < FEW_WATCHES)
      found.push(
        warning(
          `${watches} directories can be watched (fs.inotify.max_user_watches)`,
          `The server might see changes only every 30 s: run sysctl fs.inotify.max_user_watches=${FEW_WATCHES * 8}`,
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

/** Whether each run can have its own cgroup, with the running server or with one that would be started here. */
export const containment: Check = {
  name: 'containment',
  async run({ stateDir }) {
    const { ok, warning } = findingsOf(containment.name);
    const lookup = await lookUpServer(stateDir, { known: true });
    const group = lookup.live ? await groupOf(lookup.server.entry.pid) : findControlGroup();
    if (group !== null) return [ok(`Each run gets its own cgroup, below ${group}`)];
    return [
      warning(
        `${lookup.live ? 'The server' : 'A server that is started here'} cannot make cgroups for runs`,
        `A process that leaves its process group and clears its environment can outlive its app: run the server as a service (${toehold()} service install) or as root, on a system with cgroup version 2`,
      ),
    ];
  },
};

/** The cgroup of a process, or null if this user cannot make groups in it. */
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

/** Whether old log bytes can be freed while an app keeps writing. */
export const holes: Check = {
  name: 'hole punching',
  async run({ stateDir }) {
    const { ok, warning } = findingsOf(holes.name);
    const trust = trustDirectory(stateDir);
    if (!trust.ok && trust.code === 'untrusted')
      return [warning(`${trust.problem}: this was not tried there`, trust.advice)];
    const directory = existing(join(stateDir, 'runs'));
    if (await new Puncher(directory).canPunch())
      return [ok(`Old log bytes can be freed in place in ${directory}`)];
    return [
      warning(
        `Old log bytes cannot be freed in place in ${directory}`,
        'Logs are truncated instead, and each time clients get a gap: install util-linux (fallocate), or use ext4, XFS, Btrfs, or tmpfs',
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
    const found = `${Math.round(free / MB)} MB are free on the disk of ${directory}`;
    const advice = 'Free disk space: an app can fail when it prints to a full disk';
    // Some file systems have no fixed number of inodes and report 0.
    if (files > 0 && ffree < 1_000)
      return [problem(`${found}, but only ${ffree} more files can be created`, 'Remove files')];
    if (free < DISK_FULL) return [problem(found, advice)];
    return [free < DISK_LOW ? warning(found, advice) : ok(found)];
  },
};

/** The directory, or the nearest one above it that exists. */
function existing(directory: string): string {
  return existsSync(directory) ? directory : existing(dirname(directory));
}
