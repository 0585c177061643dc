import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples/monitoring', import.meta.url));
/** Debian's package `prometheus`. */
const PROMETHEUS = '/usr/bin/prometheus';
const PROMTOOL = '/usr/bin/promtool';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

const dashboard = async (): Promise<Dashboard> =>
  JSON.parse(await readFile(join(EXAMPLES, 'grafana-dashboard.json'), 'utf8'));

/** The names of metrics in an expression of Prometheus: what is neither a function, a label, nor a word of it. */
function metricsIn(expression: string): string[] {
  const plain = expression.replace(/"[^"]*"|\[[^\]]*\]|\{[^}]*\}|\b(?:by|without) \([^)]*\)/g, ' ');
  const names = [...plain.matchAll(/[a-z_][a-z0-9_]*(?!\w|\s*\()/g)].map(([name]) => name);
  return names.filter((name) => !['or', 'and', 'unless', 'app'].includes(name));
}

let plane: ControlPlane;
let text: string;

async function start(): Promise<void> {
  plane = await startControlPlane({ times: { restartDelays: [60_000] } });
  for (const name of ['alpha', 'bravo']) await plane.addApp(name);
  // One app is down, so that every metric has a value.
  const run = plane.control.supervisor.app({ name: 'bravo' })?.run?.id ?? 0;
  plane.driver.tell(run, { type: 'ENDED', code: 1, signal: null });
  await until(() => plane.control.supervisor.app({ name: 'bravo' })?.state === 'BACKOFF', 'bravo is down');
  const headers = { Authorization: `Bearer ${plane.token}` };
  text = await (await fetch(`${plane.url}/metrics`, { headers })).text();
}

it('every metric of the dashboard is one of the server', async () => {
  await start();
  const { panels, templating } = await dashboard();
  const expressions = [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...templating.list.map(({ query }) => /label_values\((.*)\)/.exec(query)?.[1] ?? ''),
  ];
  const names = new Set(expressions.flatMap(metricsIn));
  expect(names.size).toBeGreaterThan(12);
  const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  expect([...names].filter((name) => !known.has(name))).toEqual([]);
  const own = [...known].filter((name) => name?.startsWith('toehold_') && !names.has(name));
  expect(own, 'the dashboard shows every metric of an app').toEqual(['toehold_app_state']);
});

describe.skipIf(!existsSync(PROMETHEUS))('Prometheus', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'toehold-prometheus-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('finds nothing to say against the metrics of apps', async () => {
    await start();
    // Those of the process are made by prom-client.
    const own = text.split('\n').filter((line) => line.includes('toehold_'));
    const { stdout, stderr, status } = spawnSync(PROMTOOL, ['check', 'metrics'], {
      input: `${own.join('\n')}\n`,
    });
    expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: '' });
  });

  it('scrapes the server with the configuration of examples/, and answers every query of the dashboard', async () => {
    await start();
    const example = await readFile(join(EXAMPLES, 'prometheus.yml'), 'utf8');
    const token = join(directory, 'token');
    const config = join(directory, 'prometheus.yml');
    await writeFile(token, plane.token);
    await writeFile(
      config,
      example
        .replace('127.0.0.1:3000', `127.0.0.1:${plane.port}`)
        .replace('/etc/prometheus/toehold-token', token)
        .replace('15s', '1s'),
    );
    execFileSync(PROMTOOL, ['check', 'config', config]);
    const [port] = (await freePorts(1)).split('-');
    const child = spawn(
      PROMETHEUS,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const ended = once(child, 'exit');
    try {
      const query = async (
        expression: string,
      ): Promise<{ metric: Record<string, string>; value: [number, string] }[]> => {
        const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
        const { status, data, error } = await (await fetch(url)).json();
        expect({ status, error }, expression).toEqual({ status: 'success', error: undefined });
        return data.result;
      };
      await until(
        async () => (await query('toehold_app_up').catch(() => [])).length === 2,
        'it has scraped the server',
        30_000,
      );
      expect(await query('up{job="toehold"}')).toMatchObject([{ value: [expect.anything(), '1'] }]);
      const up = (await query('toehold_app_up')).map(({ metric, value }) => [metric.app, value[1]]);
      expect(up.sort()).toEqual([
        ['alpha', '1'],
        ['bravo', '0'],
      ]);
      const { panels } = await dashboard();
      for (const { title, targets } of panels) {
        for (const { expr } of targets) {
          const found = await query(expr.replaceAll('$app', '.*'));
          // Two scrapes are needed for these, and an unhealthy app for that one.
          if (!/rate\(|increase\(|UNHEALTHY/.test(expr)) expect(found.length, title).toBeGreaterThan(0);
        }
      }
    } finally {
      child.kill('SIGKILL');
      await ended;
    }
  }, 60_000);
});
