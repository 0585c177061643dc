import perfHooks from 'node:perf_hooks';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createMetrics } from '../../src/server/metrics.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/until.ts';

async function metrics(plane: ControlPlane): Promise<string> {
  return (
    await fetch(`${plane.url}/metrics`, { headers: { Authorization: `Bearer ${plane.token}` } })
  ).text();
}

it('report apps by state, restarts, subscriptions and the process', async () => {
  const plane = await startControlPlane({ times: { restartDelays: [1] } });
  for (const name of ['alpha', 'bravo', 'charlie']) await plane.addApp(name);
  await plane.data('mutation { stopApp(input: { app: { name: "charlie" }, wait: true }) { __typename } }');
  const crashed = plane.control.supervisor.app({ name: 'bravo' })?.run?.id ?? 0;
  plane.driver.tell(crashed, { type: 'ENDED', code: 1, signal: null });
  await until(() => {
    const app = plane.control.supervisor.app({ name: 'bravo' });
    return app?.state === 'RUNNING' && app.run?.id !== crashed;
  }, 'bravo runs again');

  const text = await metrics(plane);
  expect(text).toContain('toehold_info{version="0.0.0"} 1');
  expect(text).toContain('toehold_apps{state="RUNNING"} 2');
  expect(text).toContain('toehold_apps{state="STOPPED"} 1');
  expect(text).toContain('toehold_apps{state="BACKOFF"} 0');
  expect(text).toContain('toehold_app_restarts_total{app="bravo"} 1');
  const lag = (which: string) =>
    Number(new RegExp(`\nnodejs_eventloop_lag_${which}_seconds (\\S+)`).exec(text)?.[1]);
  expect(lag('p99')).toBeGreaterThan(0);
  expect(lag('mean')).toBeGreaterThan(0);
  expect(text).toMatch(/process_resident_memory_bytes \d/);
  expect(await metrics(plane), 'a restart is counted once').toContain(
    'toehold_app_restarts_total{app="bravo"} 1',
  );
});

it('start to measure the process with the first request, and not before', async () => {
  const monitor = vi.spyOn(perfHooks, 'monitorEventLoopDelay');
  onTestFinished(() => monitor.mockRestore());
  const plane = await startControlPlane();
  expect(monitor).not.toHaveBeenCalled();
  await metrics(plane);
  await metrics(plane);
  expect(monitor).toHaveBeenCalledTimes(1);
});

it('report no restarts of a name that no app has any more', async () => {
  const plane = await startControlPlane({ times: { restartDelays: [1] } });
  for (const name of ['gone', 'before']) {
    await plane.addApp(name);
    const run = plane.control.supervisor.app({ name })?.run?.id ?? 0;
    plane.driver.tell(run, { type: 'ENDED', code: 1, signal: null });
    await until(() => {
      const app = plane.control.supervisor.app({ name });
      return app?.state === 'RUNNING' && app.run?.id !== run;
    }, `${name} runs again`);
  }
  expect(await metrics(plane)).toContain('toehold_app_restarts_total{app="gone"} 1');
  await plane.data('mutation { removeApp(input: { app: { name: "gone" } }) { __typename } }');
  await plane.data(
    'mutation { renameApp(input: { app: { name: "before" }, name: "after" }) { __typename } }',
  );
  const text = await metrics(plane);
  expect(text).not.toContain('app="gone"');
  expect(text).not.toContain('app="before"');
});

it('A15: report the apps that should run and do not, while they are listed; /readyz counts them', async () => {
  const plane = await startControlPlane();
  for (const name of ['alpha', 'bravo', 'charlie']) await plane.addApp(name);
  await plane.data('mutation { stopApp(input: { app: { name: "charlie" }, wait: true }) { __typename } }');
  const ready = async () => (await fetch(`${plane.url}/readyz`)).json();
  expect(await metrics(plane)).not.toContain('toehold_app_down{');
  expect(await ready()).toEqual({ status: 'ready', problems: [] });
  const job = plane.control.supervisor.app({ name: 'bravo' })?.run?.id ?? 0;
  plane.driver.tell(job, { type: 'ENDED', code: 0, signal: null });
  await until(() => plane.control.supervisor.app({ name: 'bravo' })?.state === 'STOPPED', 'bravo ended');
  expect((await metrics(plane)).match(/^toehold_app_down.*/gm)).toEqual([
    'toehold_app_down{app="bravo",state="STOPPED"} 1',
  ]);
  expect(await ready()).toEqual({ status: 'ready', problems: [], appsDown: 1 });
  await plane.data('mutation { removeApp(input: { app: { name: "bravo" } }) { __typename } }');
  expect(await metrics(plane)).not.toContain('toehold_app_down{');
});

it('have the content type of Prometheus, and need a token', async () => {
  const plane = await startControlPlane();
  const headers = { Authorization: `Bearer ${plane.token}` };
  const response = await fetch(`${plane.url}/metrics`, { headers });
  expect(response.headers.get('content-type')).toContain('text/plain');
  expect(await response.text()).toContain('process_cpu_seconds_total');
  const refused = await fetch(`${plane.url}/metrics`);
  expect(refused.status).toBe(401);
  expect(await refused.text()).not.toContain('process_');
});

it('cannot be read before the server is ready', async () => {
  const plane = await startControlPlane({ served: false });
  expect((await fetch(`${plane.url}/metrics`)).status).toBe(503);
});

it('report each app: state, health, usage, log, streams and their lag; a removed app has none', async () => {
  const plane = await startControlPlane();
  for (const name of ['alpha', 'bravo']) await plane.addApp(name);
  await plane.data('mutation { stopApp(input: { app: { name: "bravo" }, wait: true }) { __typename } }');
  plane.print('alpha', ['one line', 'and another']);
  const lines = plane
    .webSocket()
    .iterate({ query: 'subscription { logs(apps: [{ name: "alpha" }]) { __typename } }' });
  onTestFinished(() => void lines.return?.());
  await lines.next();
  const of = async (name: string) =>
    [...(await metrics(plane)).matchAll(new RegExp(`^toehold_app_(\\w+)\\{(app="${name}".*)$`, 'gm'))]
      .map(([, metric, rest]) => `${metric} ${rest}`)
      .filter((series) => !series.startsWith('log_bytes'));
  expect(await of('alpha')).toEqual(
    expect.arrayContaining([
      'up app="alpha"} 1',
      'state app="alpha",state="RUNNING"} 1',
      'health app="alpha",health="UNKNOWN"} 1',
      'cpu_seconds_total app="alpha"} 1.5',
      'memory_bytes app="alpha"} 1048576',
      'processes app="alpha"} 1',
      'restarts_total app="alpha"} 0',
      'streams app="alpha"} 1',
      'stream_lag_seconds app="alpha"} 0',
    ]),
  );
  const bravo = await of('bravo');
  expect(bravo).toContain('up app="bravo"} 0');
  expect(bravo).toContain('memory_bytes app="bravo"} 0');
  expect(bravo.filter((series) => series.startsWith('cpu'))).toEqual([]);
  expect(
    Number(/^toehold_app_log_bytes\{app="alpha"\} (\d+)$/m.exec(await metrics(plane))?.[1]),
  ).toBeGreaterThan(4_000);
  await plane.data('mutation { renameApp(input: { app: { name: "bravo" }, name: "brave" }) { __typename } }');
  await plane.data('mutation { removeApp(input: { app: { name: "alpha" } }) { __typename } }');
  const text = await metrics(plane);
  expect(text).not.toMatch(/app="(alpha|bravo)"/);
  expect(text).toContain('toehold_app_up{app="brave"} 0');
});

it('report the lag of the slowest stream of an app', async () => {
  const plane = await startControlPlane();
  for (const name of ['alpha', 'bravo']) await plane.addApp(name);
  const [alpha, bravo] = plane.control.supervisor.apps();
  const own = createMetrics('0.0.0');
  const clock = { monotonic: () => 100_000 };
  own.watch({ supervisor: plane.control.supervisor, events: plane.events, logs: plane.logs, clock });
  const streams = [
    [alpha?.id ?? 0, 99_000],
    [alpha?.id ?? 0, 97_500],
    [bravo?.id ?? 0, null],
  ] as const;
  const ends = streams.map(([app, since]) =>
    own.streamOpened({ field: 'logs', apps: [app], behindSince: () => since }),
  );
  own.streamOpened({ field: 'events', apps: null, behindSince: () => 1 });
  const { text } = await own.text();
  expect(text).toContain('toehold_app_streams{app="alpha"} 2');
  expect(text).toContain('toehold_app_stream_lag_seconds{app="alpha"} 2.5');
  expect(text).toContain('toehold_app_stream_lag_seconds{app="bravo"} 0');
  expect(text).toContain('toehold_subscriptions{field="logs"} 3');
  for (const end of ends) end();
  const { text: later } = await own.text();
  expect(later).toContain('toehold_app_stream_lag_seconds{app="alpha"} 0');
  expect(later).toContain('toehold_subscriptions{field="logs"} 0');
});
