import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  AppDocument,
  AppsDocument,
  connect,
  EventCursorDocument,
  EventsPageDocument,
  LogsPageDocument,
  PortsDocument,
  RemoveAppDocument,
  RenameAppDocument,
  RunsDocument,
  SetAppIconDocument,
  StartAppDocument,
  StopAppDocument,
  SupervisorDocument,
  ToeholdError,
  ViewerDocument,
} from '../../client/index.ts';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { sharedServer } from '../support/whole-server.ts';

const server = sharedServer({ bystander: false });

function client(token: string | undefined = server().token) {
  const made = connect({ url: server().url, ...(token === undefined ? {} : { token }) });
  onTestFinished(() => made.close());
  return made;
}

/** A server that gives every request the same answer. */
async function answering(status: number, body: string): Promise<string> {
  const http = createServer((_request, response) => response.writeHead(status).end(body));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => void http.close());
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** Resolves when this many starts wait in the server. */
async function underWay(starts: number): Promise<void> {
  const query = '{ auditLog(last: 100) { nodes { action outcome } } }';
  await until(async () => {
    const { auditLog } = await server().ask<{
      auditLog: { nodes: { action: string; outcome: string | null }[] };
    }>(query);
    const open = auditLog.nodes.filter(({ action, outcome }) => action === 'startApp' && outcome === null);
    return open.length === starts;
  }, `${starts} starts wait`);
}

describe('requests', () => {
  test('the documents read and change an app', async () => {
    const toehold = client();
    await server().addApp('hello', { script: program('serve') });
    await server().waitForState('hello', 'RUNNING');
    const by = { name: 'hello' };

    const { apps } = await toehold.request(AppsDocument, { filter: { states: ['RUNNING'] } });
    expect(apps.nodes).toMatchObject([{ name: 'hello', state: 'RUNNING', run: { phase: 'READY' } }]);
    const { ports } = await toehold.request(PortsDocument);
    expect(ports).toMatchObject([{ state: 'BOUND', app: { name: 'hello' } }]);
    const { logs } = await toehold.request(LogsPageDocument, { apps: [by], last: 1 });
    expect(logs.nodes).toMatchObject([{ app: { name: 'hello' } }]);

    const { setAppIcon } = await toehold.request(SetAppIconDocument, { input: { app: by, icon: '🐙' } });
    expect(setAppIcon).toMatchObject({ __typename: 'SetAppIconSuccess', app: { icon: '🐙' } });
    const { stopApp } = await toehold.request(StopAppDocument, { input: { app: by, wait: true } });
    expect(stopApp).toMatchObject({ __typename: 'StopAppSuccess', app: { state: 'STOPPED' } });
    const { startApp } = await toehold.request(StartAppDocument, { input: { app: by, wait: true } });
    expect(startApp).toMatchObject({ __typename: 'StartAppSuccess', app: { state: 'RUNNING' } });
    const { app } = await toehold.request(RunsDocument, { app: by, first: 1 });
    expect(app?.runs).toMatchObject({ totalCount: 2, nodes: [{ cause: 'COMMAND' }] });
    const { renameApp } = await toehold.request(RenameAppDocument, {
      input: { app: by, name: 'Not A Name' },
    });
    expect(renameApp).toMatchObject({
      __typename: 'InvalidInputError',
      code: 'NAME_INVALID',
      path: ['name'],
    });
    const { removeApp } = await toehold.request(RemoveAppDocument, { input: { app: by } });
    expect(removeApp).toMatchObject({ __typename: 'RemoveAppSuccess', appName: 'hello' });

    expect(await toehold.request(AppDocument, { app: by })).toEqual({ app: null });
    const { events } = await toehold.request(EventsPageDocument, { last: 1 });
    expect(events.nodes).toMatchObject([{ __typename: 'AppRemovedEvent', appName: 'hello' }]);
    expect((await toehold.request(EventCursorDocument)).eventCursor).toBe(events.pageInfo.endCursor);
    expect((await toehold.request(SupervisorDocument)).supervisor.pid).toBe(process.pid);
    expect((await toehold.request(ViewerDocument)).viewer).toEqual({ name: 'first', role: 'ADMIN' });
  });

  test('a string is a document too, and the URL can have the path', async () => {
    const toehold = connect({ url: `${server().url}/graphql`, token: server().token });
    expect(await toehold.request<{ __typename: string }>('{ __typename }')).toEqual({ __typename: 'Query' });
  });

  test('a refusal of the server has its code', async () => {
    for (const token of [undefined, 'toe_0000000000_nobody']) {
      const error = await connect({ url: server().url, ...(token && { token }) })
        .request(AppsDocument)
        .catch((error: unknown) => error);
      expect(error).toBeInstanceOf(ToeholdError);
      expect(error).toMatchObject({ code: 'UNAUTHENTICATED', errors: [{ message: expect.any(String) }] });
    }
    await expect(client().request('{ nothingLikeThis }')).rejects.toMatchObject({
      name: 'ToeholdError',
      message: expect.stringContaining('nothingLikeThis'),
    });
    await expect(client().request(LogsPageDocument, { apps: [{ name: 'nobody' }] })).rejects.toMatchObject({
      code: 'APP_NOT_FOUND',
    });
  });

  test('without an answer, or with one of another program, the error says so', async () => {
    await expect(connect({ url: 'http://127.0.0.1:9' }).request(AppsDocument)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('http://127.0.0.1:9'),
    });
    for (const body of ['<html>', '{"hello": 1}', '[]', 'null', '']) {
      const url = await answering(200, body);
      await expect(connect({ url }).request(AppsDocument)).rejects.toMatchObject({ code: 'BAD_ANSWER' });
    }
  });

  test.each(['127.0.0.1:3000', 'ftp://127.0.0.1', ''])('%j is not an address', (url) => {
    expect(() => connect({ url })).toThrow(/^url must /);
  });

  test('an abort ends a request with its reason, before it starts and while it waits', async () => {
    await server().addApp('slow', { script: 'sleep 60' });
    await server().waitForState('slow', 'STARTING');
    const toehold = client();
    const reason = new Error('enough');
    await expect(toehold.request(AppsDocument, {}, { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const stop = new AbortController();
    const waiting = toehold.request(
      StartAppDocument,
      { input: { app: { name: 'slow' }, wait: true } },
      { signal: stop.signal },
    );
    await underWay(1);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);

    const other = toehold.request(StartAppDocument, { input: { app: { name: 'slow' }, wait: true } });
    await underWay(2);
    await toehold.close();
    await expect(other).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(toehold.request(AppsDocument)).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
