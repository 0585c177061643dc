import type { AppRecord } from '../contracts/stores.ts';
import type { AppRef } from '../contracts/supervisor.ts';
import type { AppId } from '../core/app.ts';
import type { RunId } from '../core/run.ts';
import { isListed } from './app-view.ts';
import type { Runner } from './runner.ts';

/** Every known app by id, by name, and by its live run. */
export class Registry {
  private readonly byId = new Map<AppId, Runner>();
  private readonly byName = new Map<string, Runner>();
  private readonly byRun = new Map<RunId, Runner>();

  add(runner: Runner): void {
    this.byId.set(runner.record.id, runner);
    this.byName.set(runner.record.name, runner);
  }

  remove(runner: Runner): void {
    this.byId.delete(runner.record.id);
    if (this.byName.get(runner.record.name) === runner) this.byName.delete(runner.record.name);
    for (const [run, owner] of this.byRun) if (owner === runner) this.byRun.delete(run);
  }

  renamed(runner: Runner, previousName: string): void {
    if (this.byName.get(previousName) === runner) this.byName.delete(previousName);
    this.byName.set(runner.record.name, runner);
  }

  runBegan(run: RunId, runner: Runner): void {
    this.byRun.set(run, runner);
  }

  runEnded(run: RunId): void {
    this.byRun.delete(run);
  }

  ofRun(run: RunId): Runner | null {
    return this.byRun.get(run) ?? null;
  }

  /** Also of an app whose directory is gone. */
  named(name: string): Runner | null {
    return this.byName.get(name) ?? null;
  }

  /** Also of an app whose directory is gone. */
  withId(id: AppId): Runner | null {
    return this.byId.get(id) ?? null;
  }

  /** Null where no listed app has this id or name. */
  find(ref: AppRef): Runner | null {
    const runner = 'id' in ref ? this.withId(ref.id) : this.named(ref.name);
    return runner && isListed(runner.record) ? runner : null;
  }

  all(): Runner[] {
    return [...this.byId.values()];
  }

  /** The listed ones, by name (docs/behavior.md A6). */
  listed(): Runner[] {
    return this.all()
      .filter(({ record }) => isListed(record))
      .sort((a, b) => COLLATOR.compare(a.record.name, b.record.name));
  }

  /** Those whose directory is gone and of which no process is left, the one longest gone first. */
  gone(): AppRecord[] {
    return this.all()
      .map(({ record }) => record)
      .filter(({ missingSince, lifecycle }) => missingSince !== null && lifecycle.phase.kind === 'GONE')
      .sort((a, b) => (a.missingSince ?? 0) - (b.missingSince ?? 0));
  }
}

/** The order of `localeCompare`, some hundred times faster for many names. */
const COLLATOR = new Intl.Collator();
