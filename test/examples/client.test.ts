import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { freePorts } from '../support/free-ports.ts';
import { appIn, makeDataDir, runProcess, serve, tokenOf } from '../support/serve.ts';
import { until } from '../support/until.ts';

const CLIENT = fileURLToPath(new URL('../../examples/client.ts', import.meta.url));

test('the client prints each event once, also across a kill of the control plane', async () => {
  const { path, appsDir } = await makeDataDir();
  const env = { PORT: (await freePorts(1)).split('-')[0] ?? '', TOEHOLD_PORTS: await freePorts(5) };
  const first = await serve({ dataDir: path, env });
  const url = await first.ready();
  const client = runProcess(process.execPath, ['--import', 'tsx', CLIENT, url], {
    TOEHOLD_TOKEN: tokenOf(url),
  });
  // It follows from its connection on. A first app shows that it is connected. Until then these come fast, so they take
  // no port.
  for (let number = 0; !client.stdout().includes('STARTING → RUNNING'); number += 1) {
    await writeAppFolder(appsDir, `app-${number}`, { script: 'exec sleep 1000', toes: { port: false } });
    await appIn(url, `app-${number}`, 'RUNNING');
  }
  first.child.kill('SIGKILL');
  await first.ended;
  await until(() => client.stderr().includes('is away'), 'the client has noticed');
  await writeAppFolder(appsDir, 'meanwhile', {});

  const second = await serve({ dataDir: path, env });
  await appIn(await second.ready(), 'meanwhile', 'RUNNING');
  await until(() => client.stdout().includes('meanwhile STARTING → RUNNING'), 'the client goes on');
  const lines = client.stdout().trimEnd().split('\n');
  expect(lines.filter((line) => line.endsWith('meanwhile STARTING → RUNNING'))).toHaveLength(1);
  expect(lines.filter((line) => line.endsWith('control plane SupervisorStartedEvent'))).toHaveLength(1);
  expect(client.stdout()).not.toContain('lost');
});

test('the client ends if its token is not valid', async () => {
  const { path } = await makeDataDir();
  const url = await (await serve({ dataDir: path })).ready();
  const client = runProcess(process.execPath, ['--import', 'tsx', CLIENT, url], {});
  expect((await client.ended).code).toBe(1);
  expect(client.stderr()).toContain('the token in TOEHOLD_TOKEN is not valid');
});
