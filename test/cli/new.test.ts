import { execFile } from 'node:child_process';
import { chown, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { ownCommand } from '../../src/host/own-command.ts';
import { startServer } from '../support/whole-server.ts';

/** How messages name this program here. */
const OWN = ownCommand(process.env.PATH);

const MAIN = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'toehold-new-'));
  onTestFinished(() => rm(directory, { recursive: true }));
});

function makeNew(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = { cwd: directory, env: { PATH: '/usr/bin:/bin', ...env } };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [MAIN, 'new', ...args], options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test('a new app and a new worker are found and run unchanged', async () => {
  const server = await startServer({ bystander: false });
  const env = { APPS_DIR: server.appsDir };
  expect(await makeNew(['blog', '--icon', '📝'], env)).toEqual({
    ...{ code: 0, stderr: '' },
    stdout: `Made blog: ${server.appsDir}/blog/current\nA running server starts it now: ${OWN} ls shows its URL\n`,
  });
  const made = await makeNew(['mailer', '--worker', '--json'], env);
  expect(JSON.parse(made.stdout)).toEqual({ name: 'mailer', path: `${server.appsDir}/mailer/current` });

  const blog = await server.waitForState('blog', 'RUNNING');
  expect(blog).toMatchObject({ error: null, warnings: [] });
  expect(await (await fetch(blog.url ?? '')).text()).toContain('It runs');
  await server.waitForLine('mailer', 'At work');
  expect(await server.waitForState('mailer', 'RUNNING')).toMatchObject({ port: null, warnings: [] });
  // Both end on SIGTERM, within the grace.
  expect(await server.shutdown('stop')).toEqual({ clean: true });
});

test('nothing existing is replaced, and a failure leaves nothing behind', async () => {
  await mkdir(join(directory, 'apps/blog'), { recursive: true });
  expect(await makeNew(['blog'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('already exists'),
  });
  expect(await readdir(join(directory, 'apps'))).toEqual(['blog']);
  expect(await readdir(join(directory, 'apps/blog'))).toEqual([]);
});

test.each([['../evil'], ['Blog'], ['a/b'], ['']])(
  '%j is not an app name, and nothing is written',
  async (name) => {
    const { code, stderr } = await makeNew(['--apps-dir', 'apps', '--', name]);
    expect(code).toBe(2);
    expect(stderr).toContain('Name must start with a letter');
    expect(await readdir(directory)).toEqual([]);
  },
);

test('a directory without a server is refused', async () => {
  expect(await makeNew(['blog'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--data-dir') });
  expect(await readdir(directory)).toEqual([]);
  expect((await makeNew(['blog', '--data-dir', 'srv'])).code).toBe(0);
  const manifest = JSON.parse(await readFile(join(directory, 'srv/apps/blog/current/package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: 'blog', scripts: { toes: 'node server.js' } });
  expect(manifest.toes, 'A15').toEqual({ restart: 'always' });
});

test('an error quotes the name or the icon', async () => {
  expect((await makeNew(['Blog', '--icon', '📝', '--apps-dir', 'apps'])).stderr).toContain(': "Blog"\n');
  expect(
    (await makeNew(['blog', '--icon', 'a text that is too long', '--apps-dir', 'apps'])).stderr,
  ).toContain(': "a text that is too long"\n');
});

test.runIf(process.getuid?.() === 0)('root makes nothing where another user could exchange it', async () => {
  const appsDir = join(directory, 'apps');
  await mkdir(appsDir);
  await chown(appsDir, 65_534, 65_534);
  const { code, stderr } = await makeNew(['blog', '--apps-dir', appsDir]);
  expect(code).toBe(1);
  expect(stderr).toContain(
    `${appsDir} belongs to another user (uid 65534), and this is root: no app was made.`,
  );
  expect(stderr).toContain("sudo -u '#65534'");
  expect(await readdir(appsDir)).toEqual([]);
});
