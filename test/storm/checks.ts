import { ask } from '../support/serve.ts';
import { until } from '../support/until.ts';
import type { Wish } from './commander.ts';
import type { Outside, SeenProcess } from './outside.ts';

interface App {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly desiredState: string;
  readonly port: { readonly port: number } | null;
  readonly run: { readonly id: string; readonly pid: number | null } | null;
}

const APPS = '{ apps { nodes { id name state desiredState port { port } run { id pid } } } }';

/** Looks from outside whether the apps are as the client was told. What differs is told as sentences. */
export interface Checks {
  /** May be asked at any moment, also while no control plane is there. */
  readonly always: () => Promise<string[]>;
  /** Waits until the apps are as wanted, and takes what was in doubt as it turned out. */
  readonly settled: (url: string) => Promise<string[]>;
}

export function createChecks(outside: Outside, wishes: readonly Wish[]): Checks {
  const before = new Map<Wish, string>();
  const ports = new Map<Wish, number | null>();

  async function runsByWord(processes: readonly SeenProcess[]): Promise<Map<string, Set<number>>> {
    const found = new Map<string, Set<number>>();
    for (const { run } of processes) {
      if (run === null) continue;
      const word = (await outside.wordOf(run)) ?? `nobody's run ${run}`;
      found.set(word, (found.get(word) ?? new Set()).add(run));
    }
    return found;
  }

  async function twoRuns(): Promise<string[]> {
    const found = await runsByWord(await outside.processes());
    return [...found].flatMap(([word, runs]) =>
      runs.size > 1 ? [`${word} has processes of the runs ${[...runs].join(' and ')}`] : [],
    );
  }

  /** A process may end while it is looked at: what is wrong is so twice. */
  async function always(): Promise<string[]> {
    const faults = await twoRuns();
    return faults.length === 0 ? [] : (await twoRuns()).filter((fault) => faults.includes(fault));
  }

  function mainOf(processes: readonly SeenProcess[], app: App): SeenProcess | undefined {
    return processes.find(({ pid, isMain }) => isMain && pid === app.run?.pid);
  }

  function isSettled(wish: Wish, app: App | undefined, processes: readonly SeenProcess[]): boolean {
    if (!app || !(wish.desired as readonly string[]).includes(app.desiredState)) return false;
    if (app.desiredState === 'STOPPED') return app.state === 'STOPPED';
    if (wish.app.kind === 'crashing') return !['INVALID', 'STOPPED'].includes(app.state);
    return app.state === 'RUNNING' && mainOf(processes, app) !== undefined;
  }

  async function look(url: string): Promise<{ apps: readonly App[]; processes: readonly SeenProcess[] }> {
    const { data } = await ask<{ apps: { nodes: readonly App[] } }>(url, APPS);
    return { apps: data.apps.nodes, processes: await outside.processes() };
  }

  /** Processes that no run of now accounts for. Crashing apps change while one looks. */
  async function strangers(url: string): Promise<string[]> {
    const { apps, processes } = await look(url);
    const runs = new Set(apps.map(({ run }) => Number(atob(run?.id ?? '').slice(4))));
    return processes
      .filter(({ run }) => run === null || !runs.has(run))
      .map((found) => JSON.stringify(found));
  }

  async function wrongListeners(): Promise<string[]> {
    const faults: string[] = [];
    for (const { port, process } of await outside.listeners()) {
      const word = process.run === null ? null : await outside.wordOf(process.run);
      const wish = wishes.find(({ app }) => app.word === word);
      if (!wish || ports.get(wish) !== port) faults.push(`${word} (pid ${process.pid}) listens on ${port}`);
    }
    return faults;
  }

  async function settled(url: string): Promise<string[]> {
    let unsettled: unknown[] = [];
    let seen = await look(url);
    await until(
      async () => {
        seen = await look(url);
        unsettled = wishes.flatMap((wish) => {
          const app = seen.apps.find(({ id }) => id === wish.id);
          return isSettled(wish, app, seen.processes) ? [] : [{ wish, app }];
        });
        return unsettled.length === 0;
      },
      'every app is as wanted',
      30_000,
    ).catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify(unsettled)}`);
    });
    const faults: string[] = [];
    for (const wish of wishes) {
      const app = seen.apps.find(({ id }) => id === wish.id);
      if (app) faults.push(...compare(wish, app, mainOf(seen.processes, app)));
    }
    let left: string[] = [];
    await until(async () => {
      left = [...(await strangers(url)), ...(await wrongListeners())];
      return left.length === 0;
    }, 'every process is of a run that goes on, and listens on its own port').catch(() =>
      faults.push(...left),
    );
    return faults;
  }

  function compare(wish: Wish, app: App, main: SeenProcess | undefined): string[] {
    const faults: string[] = [];
    const { word } = wish.app;
    if (!wish.names.includes(app.name))
      faults.push(`${word} has the name ${app.name}, not one of ${wish.names}`);
    const port = ports.get(wish) ?? null;
    if (port !== null && app.port?.port !== port)
      faults.push(`${word} had port ${port}, now ${app.port?.port}`);
    if (app.port) ports.set(wish, app.port.port);
    const now = main && `${main.pid} ${main.start}`;
    const old = before.get(wish);
    const mayChange = wish.commanded || wish.app.kind === 'crashing';
    if (!mayChange && old !== now)
      faults.push(`nobody asked ${word} to end: it was ${old}, now it is ${now}`);
    if (now) before.set(wish, now);
    else before.delete(wish);
    wish.desired = wish.desired.filter((desired) => desired === app.desiredState);
    wish.names = [app.name];
    wish.commanded = false;
    return faults;
  }

  return { always, settled };
}
