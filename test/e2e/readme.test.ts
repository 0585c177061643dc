import { execFileSync } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { withSettingsTable } from '../../scripts/settings-table.ts';
import { freePorts } from '../support/free-ports.ts';
import { appIn, ask, makeDataDir, serve } from '../support/serve.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readme = await readFile(join(ROOT, 'README.md'), 'utf8');

function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, text]) => text ?? '',
  );
}

/** A server with the example apps, and what turns its ports into those of a fresh machine. */
async function exampleServer() {
  const { path, appsDir } = await makeDataDir();
  await cp(join(ROOT, 'examples/apps'), appsDir, { recursive: true, verbatimSymlinks: true });
  const ports = await freePorts(10);
  const url = await (await serve({ dataDir: path, env: { TOEHOLD_PORTS: ports } })).ready();
  await Promise.all(['hello', 'qr', 'status'].map((name) => appIn(url, name, 'RUNNING')));
  const asOnFreshMachine = (text: string) =>
    [0, 1, 2].reduce(
      (all, index) => all.replaceAll(`${Number.parseInt(ports, 10) + index}`, `${3001 + index}`),
      text,
    );
  return { path, url, asOnFreshMachine };
}

describe('README', () => {
  test('its first query has the answer that it shows, in GraphiQL and from a shell', async () => {
    const { path, url, asOnFreshMachine } = await exampleServer();
    const shown = JSON.parse(blocks('json')[0] ?? '');
    const fromGraphiql = await ask(url, blocks('graphql')[0] ?? '');
    expect(JSON.parse(asOnFreshMachine(JSON.stringify(fromGraphiql)))).toEqual(shown);

    const command = blocks('sh').find((text) => text.startsWith('curl')) ?? '';
    const here = command.replace('http://127.0.0.1:3000', url).replace('data/', `${path}/`);
    const fromShell = JSON.parse(execFileSync('sh', ['-c', here], { encoding: 'utf8' }));
    expect(JSON.parse(asOnFreshMachine(JSON.stringify(fromShell)))).toEqual(shown);
  });

  test('its mutation works', async () => {
    const { path, appsDir } = await makeDataDir();
    await cp(join(ROOT, 'examples/apps/hello'), join(appsDir, 'hello'), { recursive: true });
    const url = await (await serve({ dataDir: path })).ready();
    await appIn(url, 'hello', 'RUNNING');
    const mutation = blocks('graphql').find((text) => text.startsWith('mutation')) ?? '';
    const { data } = await ask<{ restartApp: object }>(url, mutation);
    expect(data.restartApp).toMatchObject({ __typename: 'RestartAppSuccess', app: { state: 'RUNNING' } });
  });

  test('its table of settings is that of the program: `npm run docs` writes it', () => {
    expect(readme).toBe(withSettingsTable(readme));
    expect(readme).toContain('| `TOEHOLD_PORTS` | `--ports` | `3001-3100` |');
  });
});
