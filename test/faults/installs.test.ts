import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { lives, sharedServer, startServer, type WholeServer } from '../support/whole-server.ts';

/** Seconds of an `npm` under load are no sign of anything. */
const PATIENCE = 60_000;

const server = sharedServer({ env: { TOEHOLD_RESTART_DELAYS: '1h' } });

/** An app that depends on a package beside it; `preinstall` is a line of shell that npm runs first. */
async function addDependent({ appsDir }: WholeServer, name: string, preinstall: string): Promise<string> {
  const directory = join(appsDir, name, 'current');
  await mkdir(join(directory, 'greeting'), { recursive: true });
  await writeFile(
    join(directory, '.npmrc'),
    'audit=false\nfund=false\nupdate-notifier=false\noffline=true\n',
  );
  await writeFile(
    join(directory, 'greeting', 'package.json'),
    JSON.stringify({ name: 'greeting', version: '1.0.0', main: 'index.js' }),
  );
  await writeFile(join(directory, 'greeting', 'index.js'), 'module.exports = "hello from a dependency";');
  const manifest = {
    ...{ name, version: '1.0.0', packageManager: 'npm@11.0.0', toes: { port: false } },
    scripts: { preinstall, toes: `node -p "require('greeting')" && exec sleep 1000` },
    dependencies: { greeting: 'file:./greeting' },
  };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  return directory;
}

/** The pid that a script wrote there. */
function pidIn(path: string): Promise<number> {
  return until(async () => {
    return Number(await readFile(path, 'utf8')) || undefined;
  }, `a pid is in ${path}`);
}

const HANGS = 'echo $$ >pid; echo hanging; exec sleep 1000';

describe('B-5: an installation that hangs', { timeout: PATIENCE }, () => {
  test('is stopped: all of it, and STOPPED only then', async () => {
    const { waitForLine, command, app, runs, states } = server();
    const directory = await addDependent(server(), 'hangs', HANGS);
    await waitForLine('hangs', 'Installing dependencies...');
    const pid = await pidIn(join(directory, 'pid'));
    expect((await app('hangs'))?.run).toMatchObject({ phase: 'INSTALLING', pid: null });
    expect((await command('stopApp', 'hangs')).__typename).toBe('StopAppSuccess');
    expect(lives(pid)).toBe(false);
    expect(await runs('hangs')).toMatchObject([{ exit: { reason: 'STOPPED' } }]);
    expect(await states('hangs')).toEqual(['STARTING', 'STOPPING', 'STOPPED']);
  });

  test('is restarted, and once it works the app runs', async () => {
    const { waitForLine, command, waitForState, lines } = server();
    const directory = await addDependent(server(), 'hangs-once', `[ -e pid ] || { ${HANGS}; }`);
    await waitForLine('hangs-once', 'Installing dependencies...');
    const pid = await pidIn(join(directory, 'pid'));
    expect((await command('restartApp', 'hangs-once')).__typename).toBe('RestartAppSuccess');
    expect(lives(pid)).toBe(false);
    await waitForState('hangs-once', 'RUNNING');
    await waitForLine('hangs-once', 'hello from a dependency');
    // What is installed is not installed again.
    await command('restartApp', 'hangs-once');
    const installs = (await lines('hangs-once')).filter((line) => line === 'Installing dependencies...');
    expect(installs).toHaveLength(2);
  });

  test('is renamed, and installs anew under its new name', async () => {
    const { waitForLine, rename, waitForState } = server();
    const directory = await addDependent(server(), 'hangs-then', `[ -e pid ] || { ${HANGS}; }`);
    await waitForLine('hangs-then', 'Installing dependencies...');
    const pid = await pidIn(join(directory, 'pid'));
    expect((await rename('hangs-then', 'hung')).__typename).toBe('RenameAppSuccess');
    expect(lives(pid)).toBe(false);
    await waitForState('hung', 'RUNNING');
  });

  test('and ignores SIGTERM is killed after the grace', async () => {
    const { waitForLine, command, runs } = server();
    const directory = await addDependent(
      server(),
      'deaf-install',
      "trap '' TERM; echo $$ >pid; while :; do sleep 1; done",
    );
    await waitForLine('deaf-install', 'Installing dependencies...');
    const pid = await pidIn(join(directory, 'pid'));
    expect((await command('removeApp', 'deaf-install')).__typename).toBe('RemoveAppSuccess');
    expect(lives(pid)).toBe(false);
    expect(await runs('deaf-install')).toEqual([]);
  });

  test('longer than its time-out is killed, and is a failed start', async () => {
    const { waitForApp, waitForLine, runs, command } = await startServer({
      bystander: false,
      env: { TOEHOLD_INSTALL_TIMEOUT: '2s', TOEHOLD_RESTART_DELAYS: '1h' },
      before: (whole) => addDependent(whole, 'slow', 'exec sleep 1000'),
    });
    await waitForLine('slow', 'The installation took longer than 2s, killing it...');
    const { error } = await waitForApp('slow', 'backs off', ({ restart }) => restart?.attempt === 1);
    expect(error).toBe('The installation took longer than 2s');
    expect(await runs('slow')).toMatchObject([{ exit: { reason: 'INSTALL_FAILED' } }]);
    await command('stopApp', 'slow');
  });
});

describe('B-6: an installation', { timeout: PATIENCE }, () => {
  test('that fails ends the run as a failed start, with its output and code, and the script is not run', async () => {
    const { waitForApp, lines, runs } = server();
    await addDependent(server(), 'fails', 'echo "what went wrong"; exit 3');
    const { error } = await waitForApp('fails', 'backs off', ({ restart }) => restart?.attempt === 1);
    expect(error).toBe('"npm install" failed with code 3: see the log');
    expect(await runs('fails')).toMatchObject([{ exit: { code: 3, reason: 'INSTALL_FAILED' } }]);
    const log = await lines('fails');
    expect(log[0]).toBe('Installing dependencies...');
    expect(log).toContain('what went wrong');
    expect(log).not.toContain('Starting...');
    expect(log.slice(-2)).toEqual([error, 'Scheduling restart in 3600s (attempt 1)...']);
  });

  test('that prints 5 MB and fails has all of it in the log', async () => {
    const { waitForApp, ask } = server();
    const noisy = 'yes "$(printf "noise%0200d" 7)" | head -n 25000 >&2; exit 4';
    await addDependent(server(), 'noisy', noisy);
    await waitForApp('noisy', 'backs off', ({ restart }) => restart?.attempt === 1);
    let count = 0;
    for (let after: string | null = null; ; ) {
      const { app }: Page = await ask<Page>(PAGE, { after });
      count += app.logs.nodes.filter(({ text }) => /noise0{199}7$/.test(text)).length;
      if (!app.logs.pageInfo.hasNextPage) break;
      after = app.logs.pageInfo.endCursor;
    }
    expect(count).toBe(25_000);
  });

  test('of a package manager that is not there is the app’s error, of the app alone', async () => {
    const { appsDir, waitForApp, app } = server();
    const directory = join(appsDir, 'needs-pnpm', 'current');
    await mkdir(directory, { recursive: true });
    const manifest = {
      ...{ packageManager: 'pnpm@9.0.0', dependencies: { x: '1' } },
      ...{ scripts: { toes: 'exec sleep 1000' }, toes: { port: false } },
    };
    await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
    const { error } = await waitForApp('needs-pnpm', 'backs off', ({ restart }) => restart !== null);
    expect(error).toMatch(/pnpm, which is not on PATH/);
    expect((await app('bystander'))?.state).toBe('RUNNING');
  });

  test('with a package manager that cannot be run is the app’s error', async () => {
    const { appsDir, waitForApp } = server();
    const directory = join(appsDir, 'broken-npm', 'current');
    await mkdir(join(directory, 'bin'), { recursive: true });
    await writeFile(join(directory, 'bin', 'yarn'), '#!/no/such/interpreter\n');
    await chmod(join(directory, 'bin', 'yarn'), 0o755);
    await writeFile(join(directory, '.env'), `PATH=${directory}/bin:/usr/bin:/bin\n`);
    const manifest = { packageManager: 'yarn@1.22.0', dependencies: { x: '1' }, scripts: { toes: 'true' } };
    await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
    const { error } = await waitForApp('broken-npm', 'backs off', ({ restart }) => restart !== null);
    expect(error).toMatch(/^Cannot run .*yarn/);
  });
});

test('B-31: at boot no more installations run at a time than there are cores', {
  timeout: PATIENCE,
}, async () => {
  const apps = availableParallelism() * 2 + 1;
  const { directory, waitForState } = await startServer({
    bystander: false,
    before: async ({ appsDir, directory: top }) => {
      await mkdir(join(top, 'bin'));
      // Each says when it begins and when it ends.
      const script = `#!/bin/sh\nmkdir -p node_modules/x\necho begin >>${top}/turns\nsleep 0.3\necho end >>${top}/turns\n`;
      await writeFile(join(top, 'bin', 'pnpm'), script, { mode: 0o755 });
      for (let number = 0; number < apps; number += 1) {
        const current = join(appsDir, `app-${number}`, 'current');
        await mkdir(current, { recursive: true });
        await writeFile(join(current, '.env'), `PATH=${top}/bin:${process.env.PATH}\n`);
        const manifest = {
          ...{ packageManager: 'pnpm@9.0.0', dependencies: { x: '1' } },
          ...{ scripts: { toes: 'exec sleep 1000' }, toes: { port: false } },
        };
        await writeFile(join(current, 'package.json'), JSON.stringify(manifest));
      }
    },
  });
  for (let number = 0; number < apps; number += 1) await waitForState(`app-${number}`, 'RUNNING');
  const turns = (await readFile(join(directory, 'turns'), 'utf8')).trim().split('\n');
  expect(turns.filter((turn) => turn === 'end')).toHaveLength(apps);
  let running = 0;
  let most = 0;
  for (const turn of turns) {
    running += turn === 'begin' ? 1 : -1;
    most = Math.max(most, running);
  }
  expect(most).toBe(availableParallelism());
});

interface Page {
  readonly app: {
    readonly logs: {
      readonly nodes: readonly { readonly text: string }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
    };
  };
}
const PAGE = `query ($after: Cursor) {
  app(by: { name: "noisy" }) { logs(first: 1000, after: $after) { nodes { text } pageInfo { hasNextPage endCursor } } }
}`;
