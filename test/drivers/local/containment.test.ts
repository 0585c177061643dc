import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../src/contracts/driver.ts';
import { ownControlGroup } from '../../../src/drivers/local/control-groups.ts';
import { createPlatform } from '../../../src/drivers/local/platform.ts';
import { createProcProcesses } from '../../../src/drivers/local/proc-processes.ts';
import { createPsProcesses } from '../../../src/drivers/local/ps-processes.ts';
import { NO_SOCKETS } from '../../../src/drivers/local/sockets.ts';
import {
  CONTAINMENTS,
  createLocalHarness,
  freePort,
  type LocalDriverHarness,
} from '../../support/local-driver.ts';
import { program, programPath } from '../../support/programs.ts';
import { until } from '../../support/until.ts';
import { createUserHarness, isRoot, nobody, nobodyInGroups } from './user-harness.ts';

const processes = createProcProcesses();
const own = createPlatform().controlGroup;
let harness: LocalDriverHarness;

afterEach(() => harness.cleanup());

const isLiving = (pid: number): boolean => processes.startOf(pid) !== null;

/** The pid that a program has printed: "child 123". */
async function childOf(spec: RunSpec): Promise<number> {
  const match = await until(
    async () => /child (\d+)/.exec((await harness.output(spec.run)).stdout),
    'the child is there',
  );
  return Number(match[1]);
}

describe.each(CONTAINMENTS)('A13: a run %s', (_containment, options) => {
  beforeEach(async () => {
    harness = await createLocalHarness(options);
  });

  const runOf = async (script: string, port: number | null = null): Promise<RunSpec> =>
    harness.run(await harness.spec(script, { port }));

  test('A17: is the run of each of its processes, also after the driver has forgotten it', async () => {
    const spec = await runOf(program('grandchild', '--session', '--', 'idle'));
    const child = await childOf(spec);
    expect(await harness.driver.runOf(child)).toBe(spec.run);
    const next = await harness.successor();
    harness = next;
    expect(await next.driver.runOf(child)).toBe(spec.run);
    expect(await next.driver.runOf(process.pid)).toBeNull();
  });

  test('A11: is ready when a child listens that left its session and cleared its environment', async () => {
    const spec = await runOf(program('grandchild', '--session', '--clear', '--', 'serve'), await freePort());
    await harness.events.next(spec.run, 'LISTENING');
    const child = await childOf(spec);
    harness.driver.stop(spec.run);
    await harness.events.next(spec.run, 'ENDED');
    expect(isLiving(child)).toBe(false);
  });

  test('ends with its helper that has no environment at all', async () => {
    const spec = await runOf(
      `env -i /usr/bin/setsid ${process.execPath} ${programPath('idle')} ignore & echo "child $!"; wait`,
    );
    const child = await childOf(spec);
    await until(async () => (await harness.output(spec.run)).stdout.includes('ready'), 'it ignores SIGTERM');
    harness.driver.stop(spec.run);
    await harness.events.next(spec.run, 'SCRIPT_ENDED');
    expect(isLiving(child)).toBe(true);
    harness.driver.signal(spec.run, 'SIGKILL');
    await harness.events.next(spec.run, 'ENDED');
    expect(isLiving(child)).toBe(false);
  });

  test('is found again, with a child that no group and no mark shows', async () => {
    const spec = await runOf(program('grandchild', '--session', '--clear'));
    const { handle } = await harness.events.next(spec.run, 'STARTED');
    const child = await childOf(spec);
    // So that the control plane has seen it.
    await until(
      async () => (await harness.driver.status(spec.run)).pids.includes(child),
      'the child is counted',
    );
    const { pid } = await harness.driver.status(spec.run);
    harness.driver.close();
    process.kill(Number(pid), 'SIGKILL');
    await until(() => !isLiving(Number(pid)), 'its parent has ended');
    harness = await harness.successor();
    expect(await harness.driver.recover(spec, handle)).toMatchObject({ found: 'ALIVE' });
    await until(
      async () => (await harness.driver.status(spec.run)).pids.includes(child),
      'the child is counted',
    );
    harness.driver.signal(spec.run, 'SIGKILL');
    await harness.events.next(spec.run, 'ENDED');
    expect(isLiving(child)).toBe(false);
  });

  test('a bomb of 300 that ignores SIGTERM is gone after a stop', async () => {
    const spec = await runOf(
      `for i in $(seq 300); do (trap '' TERM; exec env -i setsid sleep 1000) & done; echo "bomb $$"; wait`,
    );
    await until(
      async () => (await harness.driver.status(spec.run)).pids.length >= 300,
      '300 are there',
      60_000,
    );
    const { pids } = await harness.driver.status(spec.run);
    harness.driver.stop(spec.run);
    await harness.events.next(spec.run, 'SCRIPT_ENDED');
    harness.driver.signal(spec.run, 'SIGKILL');
    await harness.events.next(spec.run, 'ENDED');
    expect(pids.filter(isLiving)).toEqual([]);
  }, 120_000);

  test('does not count a process of another user that only carries its mark', async () => {
    const spec = await runOf(program('idle'));
    await until(async () => (await harness.output(spec.run)).stdout.includes('ready'), 'it is there');
    const forger = spawn('sleep', ['1000'], {
      ...{ detached: true, stdio: 'ignore', env: { TOEHOLD_RUN_ID: spec.mark } },
      ...(isRoot ? { uid: nobody().uid, gid: nobody().gid } : {}),
    });
    await once(forger, 'spawn');
    const { pids } = await harness.driver.status(spec.run);
    const believed = await harness.driver.runOf(forger.pid ?? 0);
    harness.driver.signal(spec.run, 'SIGKILL');
    await harness.events.next(spec.run, 'ENDED');
    const survived = forger.exitCode ?? forger.signalCode;
    forger.kill('SIGKILL');
    await once(forger, 'exit');
    // Of the same user nothing but a cgroup tells it from a member.
    if (isRoot || options.platform === undefined) {
      expect(pids).not.toContain(forger.pid);
      expect(survived).toBeNull();
    } else expect(pids).toContain(forger.pid);
    expect(believed).toBe(isRoot ? null : spec.run);
  });

  test.runIf(isRoot)('is ready when `su` runs its server as another user', async () => {
    const node = process.execPath;
    const spec = await runOf(
      `su - nobody -s /bin/sh -c "PORT=$PORT exec ${node} ${programPath('serve')}"`,
      await freePort(),
    );
    await harness.events.next(spec.run, 'LISTENING');
    const { pids } = await harness.driver.status(spec.run);
    expect(await harness.driver.listening(spec.run)).toMatchObject([{ port: spec.port }]);
    harness.driver.stop(spec.run);
    await harness.events.next(spec.run, 'ENDED');
    expect(pids.filter(isLiving)).toEqual([]);
  });
});

describe.runIf(own !== null)('A13: a cgroup', () => {
  beforeEach(async () => {
    harness = await createLocalHarness();
  });

  const groupOf = (spec: RunSpec): string =>
    join(own ?? '', `toehold-${harness.markPrefix}`, `run-${spec.run}`);

  test('holds a process that lost its parent before the first look, and a server of that kind is ready', async () => {
    const port = await freePort();
    const script = program('grandchild', '--session', '--clear', '--exit', 0, '--', 'serve');
    const spec = await harness.run(await harness.spec(script, { port }));
    await harness.events.next(spec.run, 'LISTENING');
    expect(await harness.events.next(spec.run, 'SCRIPT_ENDED')).toMatchObject({ code: 0 });
    const child = await childOf(spec);
    expect((await harness.driver.status(spec.run)).pids).toEqual([child]);
    harness.driver.stop(spec.run);
    await harness.events.next(spec.run, 'ENDED');
    expect(isLiving(child)).toBe(false);
  });

  test('is found by its name where no handle was committed, and is removed when it is empty', async () => {
    const script = program('grandchild', '--session', '--clear', '--exit', 3);
    const spec = await harness.run(await harness.spec(script));
    await harness.events.next(spec.run, 'SCRIPT_ENDED');
    expect(await readFile(join(groupOf(spec), 'cgroup.procs'), 'utf8')).toBe(`${await childOf(spec)}\n`);
    harness = await harness.successor();
    expect(await harness.driver.recover(spec, null)).toMatchObject({ found: 'ALIVE' });
    harness.driver.stop(spec.run);
    expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 3 });
    await until(() => !existsSync(groupOf(spec)), 'its group is removed');
  });

  test('holds an installation, and the server itself stays outside', async () => {
    const manifest = {
      packageManager: 'npm@11.0.0',
      scripts: { preinstall: 'cat /proc/self/cgroup' },
      workspaces: ['x'],
    };
    const files = { 'package.json': JSON.stringify(manifest), '.npmrc': 'foreground-scripts=true\n' };
    const spec = await harness.run(await harness.spec('cat /proc/self/cgroup', { files }));
    await harness.events.next(spec.run, 'ENDED');
    const { stdout } = await harness.output(spec.run);
    const name = `/toehold-${harness.markPrefix}/run-${spec.run}`;
    expect(stdout.match(/^0::.*$/gm)).toEqual([expect.stringContaining(name), expect.stringContaining(name)]);
    expect(await readFile('/proc/self/cgroup', 'utf8')).not.toContain(name);
  });

  test('is ended by `endStrangers` where its run is none of this control plane', async () => {
    const spec = await harness.run(
      await harness.spec(program('grandchild', '--session', '--clear', '--exit', 0)),
    );
    const child = await childOf(spec);
    await harness.events.next(spec.run, 'SCRIPT_ENDED');
    harness = await harness.successor();
    expect(await harness.driver.endStrangers(new Set([spec.mark]))).toBe(0);
    expect(await harness.driver.endStrangers(new Set())).toBe(1);
    expect(isLiving(child)).toBe(false);
    await until(() => !existsSync(groupOf(spec)), 'its group is removed');
  });

  test.runIf(isRoot).each([
    ['a user', nobody],
    ['a user with supplementary groups', nobodyInGroups],
  ])('is entered by the app of %s', async (_who, userOf) => {
    await harness.cleanup();
    harness = await createUserHarness(userOf());
    const spec = await harness.run(await harness.spec('cat /proc/self/cgroup; ls -l /proc/self/fd'));
    await harness.events.next(spec.run, 'ENDED');
    const { stdout } = await harness.output(spec.run);
    expect(stdout).toContain(`/toehold-${harness.markPrefix}/run-${spec.run}`);
    // The entrance, opened by root, is nothing for an app.
    expect(stdout).not.toContain('cgroup.procs');
  });
});

describe('where the own cgroup lies', () => {
  const V2 = '30 1 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate';
  const HYBRID = [
    '31 30 0:28 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
    '40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
  ].join('\n');

  test.each([
    [
      'version 2 alone',
      V2,
      '0::/system.slice/toehold.service\n',
      '/sys/fs/cgroup/system.slice/toehold.service',
    ],
    ['beside version 1', HYBRID, '3:cpuset:/\n0::/a b\n', '/sys/fs/cgroup/unified/a b'],
    ['a mount of a part', V2.replace(' / /sys', ' /docker/1 /sys'), '0::/docker/1/x\n', '/sys/fs/cgroup/x'],
    ['the root of a part', V2.replace(' / /sys', ' /docker/1 /sys'), '0::/docker/1\n', '/sys/fs/cgroup'],
    ['a mount with a space', V2.replace('/sys/fs/cgroup', '/c\\040g'), '0::/x\n', '/c g/x'],
    ['version 1 alone', HYBRID.split('\n')[0] ?? '', '3:cpuset:/\n', null],
    ['a mount of another part', V2.replace(' / /sys', ' /docker/1 /sys'), '0::/docker/12\n', null],
    ['outside of the namespace', V2, '0::/../x\n', null],
  ])('%s', (_what, mountinfo, cgroup, path) => {
    expect(ownControlGroup(mountinfo, cgroup)).toBe(path);
  });
});

describe.skipIf(spawnSync('ps', ['-A', '-o', 'lstart=']).status !== 0)('where there is only ps', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'toehold-ps-'));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  test.each(['exit 1', 'exit 0'])(
    'A14: a ps that fails (%s) never means that nobody lives',
    async (failure) => {
      const fails = join(directory, 'fails');
      const ps = join(directory, 'ps');
      await writeFile(
        ps,
        `#!/bin/sh\nif [ -e ${fails} ]; then echo x >>${fails}; ${failure}; fi\nexec ps "$@"\n`,
      );
      await chmod(ps, 0o755);
      const platform = { processes: createPsProcesses(ps), sockets: NO_SOCKETS, controlGroup: null };
      harness = await createLocalHarness({ platform });
      const spec = await harness.run(await harness.spec(program('grandchild', '--exit', 0)));
      const child = await childOf(spec);
      await harness.events.next(spec.run, 'SCRIPT_ENDED');
      await writeFile(fails, '');
      harness.driver.stop(spec.run);
      const looks = async () => (await readFile(fails, 'utf8')).length;
      await until(async () => (await looks()) > 4, 'it looks again');
      expect(isLiving(child)).toBe(true);
      expect(harness.events.types(spec.run)).not.toContain('ENDED');
      await rm(fails);
      await harness.events.next(spec.run, 'ENDED');
      expect(isLiving(child)).toBe(false);
    },
  );
});
