import { type ChildProcess, spawnSync } from 'node:child_process';
import { renameSync, symlinkSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../src/contracts/driver.ts';
import { spawnDetached } from '../../../src/drivers/local/spawn.ts';
import { findAppUser } from '../../../src/host/app-user.ts';
import { CANNOT_RUN } from '../../../src/host/as-user.ts';
import type { LocalDriverHarness } from '../../support/local-driver.ts';
import { program } from '../../support/programs.ts';
import { until } from '../../support/until.ts';
import { createUserHarness, isRoot, nobody, nobodyInGroups, own } from './user-harness.ts';

if (!isRoot) {
  test('only root can run apps as another user', () => {
    expect(findAppUser('nobody', ['/'])).toMatchObject({ ok: false });
  });
}

describe.runIf(isRoot).each([
  ['a user', nobody],
  ['a user with supplementary groups', nobodyInGroups],
])('an app that runs as %s', (_who, userOf) => {
  let harness: LocalDriverHarness;

  beforeEach(async () => {
    harness = await createUserHarness(userOf());
  });

  afterEach(() => harness.cleanup());

  const directoryOf = (spec: RunSpec): string => harness.driver.logs(spec.run).directory;

  async function outputOf(script: string, files: Record<string, string> = {}) {
    const spec = await harness.run(await harness.spec(script, { files }));
    const end = await harness.events.next(spec.run, 'ENDED');
    return { spec, ...end, ...(await harness.output(spec.run)) };
  }

  test('has the user’s ids, groups and names, and no privilege', async () => {
    const { uid, gid, groups, name } = userOf();
    const { stdout } = await outputOf('id -u; id -g; id -G; echo $USER $LOGNAME; cat /proc/self/status');
    const [is, of, inGroups, names] = stdout.split('\n');
    expect([is, of, names]).toEqual([`${uid}`, `${gid}`, `${name} ${name}`]);
    expect(inGroups?.split(' ').map(Number).sort()).toEqual([gid, ...groups].sort());
    expect(stdout).toContain(`Uid:\t${uid}\t${uid}\t${uid}\t${uid}\n`);
    expect(stdout).toContain(`Gid:\t${gid}\t${gid}\t${gid}\t${gid}\n`);
    for (const set of ['Inh', 'Prm', 'Eff', 'Amb'])
      expect(stdout).toContain(`Cap${set}:\t0000000000000000\n`);
  });

  test('has the user’s home, unless .env says otherwise', async () => {
    const spec = await harness.spec('echo "$HOME"');
    const { HOME, ...variables } = spec.variables;
    expect(HOME).toBeDefined();
    await harness.run({ ...spec, variables });
    await harness.events.next(spec.run, 'ENDED');
    expect((await harness.output(spec.run)).stdout).toBe(`${userOf().home}\n`);
    await writeFile(join(spec.releaseDirectory, '.env'), 'HOME=/elsewhere');
    const next = { ...spec, variables, run: spec.run + 100_000, mark: `${spec.mark}b` };
    await harness.run(next);
    await harness.events.next(next.run, 'ENDED');
    expect((await harness.output(next.run)).stdout).toBe('/elsewhere\n');
  });

  test('A10: gets but a few of the host’s variables, and those that TOEHOLD_PASS_ENV names', async () => {
    harness = await harness.successor({
      hostEnvironment: {
        ...{ PATH: '/usr/bin:/bin', LANG: 'C', LC_ALL: 'C', TZ: 'UTC', TMPDIR: '/root', HOME: '/root' },
        ...{ SHELL: '/of/root', AWS_SECRET_ACCESS_KEY: 'secret', SSH_AUTH_SOCK: '/root/agent' },
        ...{ NODE_ENV: 'production', APP_ONE: '1', APP_TWO: '2', TOEHOLD_TOKEN: 'secret' },
      },
      passEnv: ['NODE_ENV', 'APP_*'],
    });
    const spec = await harness.spec('env');
    const { HOME: _home, ...variables } = spec.variables;
    await harness.run({ ...spec, variables });
    await harness.events.next(spec.run, 'ENDED');
    const { stdout } = await harness.output(spec.run);
    const found = Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    );
    const { PATH, PWD, OLDPWD, _, SHLVL, TOEHOLD_RUN_ID, ...rest } = found;
    for (const name of Object.keys(variables)) delete rest[name];
    const { home, name, shell } = userOf();
    expect(rest).toEqual({
      ...{ LANG: 'C', LC_ALL: 'C', TZ: 'UTC', NODE_ENV: 'production', APP_ONE: '1', APP_TWO: '2' },
      ...{ HOME: home, USER: name, LOGNAME: name, SHELL: shell },
    });
  });

  test('A10: gets names that a shell cannot export, too', async () => {
    const spec = await harness.spec('env', {
      files: { '.env': "spring.datasource.url='jdbc:x?a=b'\nmy-key=1\nUSUAL=2" },
    });
    await harness.run(spec);
    await harness.events.next(spec.run, 'ENDED');
    const lines = (await harness.output(spec.run)).stdout.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining(['spring.datasource.url=jdbc:x?a=b', 'my-key=1', 'USUAL=2']),
    );
  });

  test('nothing runs as root in an environment that the app sets', async () => {
    const traces = join(harness.directory, 'traces');
    await mkdir(traces);
    await chmod(traces, 0o777);
    // The loader of each program writes there what it does, as whoever it runs as.
    const { stdout } = await outputOf('echo done', {
      '.env': `LD_DEBUG=files\nLD_DEBUG_OUTPUT=${join(traces, 'of')}\nPATH=/nowhere\nENV=/dev/null`,
    });
    const names = await readdir(traces);
    expect(names).not.toEqual([]);
    for (const name of names) expect((await lstat(join(traces, name))).uid, name).toBe(userOf().uid);
    expect(stdout).toBe('done\n');
  });

  test('its variables come as they are, and stand in no command line', async () => {
    const value = 'a \'quote\', "two", $HOME `id` \\ and\nanother line; exit 9 #';
    const spec = await harness.spec(program('environment-server'), {
      ...{ port: null, variables: { SECRET: value, UID: '7', IFS: 'xyz', PORT: '0' } },
    });
    const { run } = await harness.run(spec);
    const shim = ((await harness.events.next(run, 'STARTED')).handle.data as { shim: { pid: number } }).shim;
    const { pid } = await harness.driver.status(run);
    for (const one of [shim.pid, Number(pid)]) {
      expect(await readFile(`/proc/${one}/cmdline`, 'utf8')).not.toContain('another line');
      const variables = (await readFile(`/proc/${one}/environ`, 'utf8')).split('\0');
      expect(variables).toContain(`SECRET=${value}`);
      expect(variables).toContain(`TOEHOLD_RUN_ID=${spec.mark}`);
    }
    expect(await readdir(directoryOf(spec))).not.toContain('.environment');
  });

  test('gets no file of ours but its three', async () => {
    const { stdout } = await outputOf('ls /proc/self/fd');
    const plain = spawnSync('ls', ['/proc/self/fd'], { encoding: 'utf8' });
    expect(stdout).toBe(plain.stdout);
  });

  test('may open /dev/stderr and /dev/stdout again', async () => {
    const { stdout, stderr, code } = await outputOf('echo x > /dev/stderr && echo y > /dev/stdout');
    expect({ stdout, stderr, code }).toEqual({ stdout: 'y\n', stderr: 'x\n', code: 0 });
  });

  test('owns its spools, 0600, in a directory that it can neither list nor enter', async () => {
    const { spec } = await outputOf('exit 0');
    const directory = directoryOf(spec);
    const modes = await Promise.all(
      (await readdir(directory)).sort().map(async (name) => {
        const { mode, uid } = await lstat(join(directory, name));
        return [name, (mode & 0o7777).toString(8), uid];
      }),
    );
    const { uid } = userOf();
    expect(modes).toEqual([
      ['exit', '600', 0],
      ['meta.json', '600', 0],
      ['pid', '600', 0],
      ['stderr.log', '600', uid],
      ['stdout.log', '600', uid],
    ]);
    for (const path of [directory, join(harness.directory, 'runs')]) {
      const { mode, uid: owner } = await lstat(path);
      expect([mode & 0o7777, owner]).toEqual([0o700, 0]);
    }
    const attack = `ls ${directory}; cat ${directory}/stdout.log; ln -s /etc/shadow ${directory}/x; mv ${directory} /tmp`;
    const { stdout, stderr } = await outputOf(attack);
    expect(stdout).toBe('');
    expect(stderr.match(/Permission denied/g)).toHaveLength(4);
  });

  test('cannot forge its own status or pid', async () => {
    const attack = 'for fd in 4 5; do echo 0 > /proc/$PPID/fd/$fd; done; echo 0 >&4; echo 0 >&5; exit 6';
    // A redirection that fails ends a shell's built-in command, never the script.
    const { spec, code, stderr } = await outputOf(`(${attack.replaceAll('echo 0', 'command echo 0')})`);
    expect(code).not.toBeNull();
    expect(stderr).toMatch(/Permission denied|cannot create/);
    expect(await readFile(join(directoryOf(spec), 'exit'), 'utf8')).toBe(`${code}\n`);
    const pidFile = await readFile(join(directoryOf(spec), 'pid'), 'utf8');
    expect(pidFile.split('\n')).toHaveLength(5);
  });

  test('that may not enter its release gets an error that says so', async () => {
    const spec = await harness.spec('true', { install: false });
    await chmod(spec.appDirectory, 0o700);
    own({ ...userOf(), uid: 0, gid: 0 }, spec.appDirectory);
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'START_FAILED');
    expect(message).toBe(
      `Cannot run in ${spec.releaseDirectory}: nobody, as whom apps run (TOEHOLD_APP_USER), may not enter and read it: give it to that user (chown -R)`,
    );
  });

  test('whose release is gone gets an error that says so', async () => {
    const spec = await harness.spec('true', { install: false });
    await rm(spec.releaseDirectory, { recursive: true });
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'START_FAILED');
    expect(message).toBe(`Cannot run in ${spec.releaseDirectory}: the directory is gone`);
  });

  test('starts in its release, and sees nothing of the way there', async () => {
    const { spec, stdout } = await outputOf('pwd; echo "$PWD"; env | grep -c ^OLDPWD=');
    const { releaseDirectory } = spec;
    expect(stdout).toBe(`${releaseDirectory}\n${releaseDirectory}\n0\n`);
  });

  test('enters no directory that it could not reach, though its release becomes a link to it', async () => {
    const closed = join(harness.directory, 'closed');
    const open = join(closed, 'open');
    await mkdir(open, { recursive: true });
    await chmod(closed, 0o700);
    await chmod(open, 0o777);
    const { releaseDirectory } = await harness.spec('true');
    const directory = join(harness.directory, 'runs', 'swapped');
    await mkdir(directory, { recursive: true });
    const code = await new Promise((resolve, reject) => {
      const options = {
        ...{ program: '/bin/sh', args: ['-c', 'pwd -P; echo x >trace'], cwd: releaseDirectory, directory },
        ...{ environment: {}, user: userOf(), use: 'enter' as const, controlGroup: null },
        // After it was looked at, in the same turn as the spawn.
        wanted: () => {
          renameSync(releaseDirectory, `${releaseDirectory}-away`);
          symlinkSync(open, releaseDirectory);
          return true;
        },
        spawned: (child: ChildProcess) => void child.once('exit', resolve),
      };
      spawnDetached(options).then(({ outcome }) => outcome === 'SPAWNED' || reject(outcome), reject);
    });
    expect(await readdir(open)).toEqual([]);
    expect(await readFile(join(directory, 'stdout.log'), 'utf8')).toBe('');
    expect(await readFile(join(directory, 'stderr.log'), 'utf8')).toContain(releaseDirectory);
    expect(code).toBe(CANNOT_RUN);
  });

  test('that may not write its release cannot be installed, and gets an error that says so', async () => {
    const manifest = {
      scripts: { toes: 'true' },
      packageManager: 'npm@11.0.0',
      dependencies: { a: 'file:.' },
    };
    const spec = await harness.spec('true', { files: { 'package.json': JSON.stringify(manifest) } });
    own({ ...userOf(), uid: 0, gid: 0 }, spec.appDirectory);
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'INSTALL_FAILED');
    expect(message).toMatch(/^Cannot run in .*: nobody, .* may not write it: give it to that user/);
  });

  test('is installed as that user', async () => {
    const manifest = {
      ...{ name: 'app', version: '1.0.0', packageManager: 'npm@11.0.0', dependencies: { app: 'file:.' } },
      scripts: { toes: 'true', preinstall: 'id -u > who; id -G >> who' },
    };
    const spec = await harness.spec('true', { files: { 'package.json': JSON.stringify(manifest) } });
    harness.driver.begin(spec);
    await harness.events.next(spec.run, 'STARTING');
    const { uid, gid, groups } = userOf();
    const [is, of] = (await readFile(join(spec.releaseDirectory, 'who'), 'utf8')).split('\n');
    expect(is).toBe(`${uid}`);
    expect(of?.split(' ').map(Number).sort()).toEqual([gid, ...groups].sort());
    expect((await lstat(join(spec.releaseDirectory, 'node_modules'))).uid).toBe(uid);
  });

  test('is stopped with grace, with what left its group, and killed', async () => {
    const spec = await harness.run(
      await harness.spec(program('grandchild', '--session', '--', 'idle', 'ignore')),
    );
    await until(async () => (await harness.output(spec.run)).stdout.includes('ready'), 'it is ready');
    harness.driver.stop(spec.run);
    expect(await harness.events.next(spec.run, 'SCRIPT_ENDED')).toMatchObject({ type: 'SCRIPT_ENDED' });
    expect((await harness.driver.status(spec.run)).pids).toHaveLength(1);
    harness.driver.signal(spec.run, 'SIGKILL');
    await harness.events.next(spec.run, 'ENDED');
    expect((await harness.driver.status(spec.run)).pids).toEqual([]);
  });

  test.each([
    ['from a control plane without such a user', null, userOf],
    ['to a control plane without such a user', userOf, null],
  ])('B-3: a run is taken over %s', async (_how, first, second) => {
    harness = await harness.successor({ appUser: first?.() ?? null });
    const spec = await harness.run(await harness.spec(program('idle', 21)));
    await until(async () => (await harness.output(spec.run)).stdout.includes('ready'), 'it is ready');
    harness = await harness.successor({ appUser: second?.() ?? null });
    expect(await harness.driver.recover(spec, null)).toMatchObject({
      found: 'ALIVE',
      pid: expect.any(Number),
    });
    harness.driver.stop(spec.run);
    expect(await harness.events.next(spec.run, 'ENDED')).toEqual({ type: 'ENDED', code: 21, signal: null });
  });
});
