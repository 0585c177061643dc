import type { AppView, EventReader, Supervisor } from '../../contracts/supervisor.ts';
import type { AppId, AppState } from '../../core/app.ts';
import type { JournalEvent } from '../../core/events.ts';
import type { ProcessExit } from '../../core/run.ts';
import { exitText } from '../commands/describe.ts';
import { plain } from '../terminal/escape.ts';
import { localTime, span } from '../terminal/format.ts';

interface AppLinesParts {
  readonly supervisor: Pick<Supervisor, 'apps' | 'appById'>;
  readonly events: Pick<EventReader, 'last' | 'page' | 'onMore'>;
  /** The address of an app for a person on this machine; null if it serves nothing now. */
  readonly urlOf: (app: AppView) => string | null;
  readonly now: () => number;
  readonly print: (line: string) => void;
}

/** How many events are read at once. */
const PAGE = 500;
const WIDEST = 20;

const COLORS = {
  running: 32,
  restarted: 32,
  crashed: 31,
  failed: 31,
  ended: 31,
  invalid: 31,
  stopped: 2,
  renamed: 2,
  removed: 2,
} as const;
type Word = keyof typeof COLORS;

/** After these, an app that runs was restarted. After the others it was started. */
const RESTARTED_AFTER: ReadonlySet<Word> = new Set([
  'running',
  'restarted',
  'crashed',
  'failed',
  'ended',
] as const);

/**
 * Prints a line for each app that runs, crashes, is restarted, stops, is renamed, or is removed: time, icon, name, what
 * happened, and the address or the reason. It reads the journal, so it misses nothing and prints nothing twice.
 */
export class AppLines {
  readonly #parts: AppLinesParts;
  #seq = 0;
  #width = 0;
  /** What was printed last about each app, and its icon. */
  readonly #last = new Map<AppId, { readonly word: Word; readonly icon: string }>();
  /** How the last run of each app ended, until the app runs or stays ended. */
  readonly #exits = new Map<AppId, ProcessExit>();

  constructor(parts: AppLinesParts) {
    this.#parts = parts;
  }

  /** Prints what the apps do now, and from then on each change. @returns ends it */
  start(): () => void {
    const { supervisor, events, now } = this.#parts;
    this.#seq = events.last();
    const apps = supervisor.apps();
    for (const { name } of apps) this.#widen(name);
    for (const app of apps) {
      if (app.state === 'RUNNING') this.#print(now(), app, 'running', this.#parts.urlOf(app));
      else if (app.state === 'BACKOFF') this.#print(now(), app, 'crashed', app.error);
      else if (app.state === 'INVALID') this.#print(now(), app, 'invalid', app.error);
    }
    return events.onMore(() => this.#read());
  }

  #read(): void {
    for (;;) {
      const { events, hasNext } = this.#parts.events.page({
        ...{ apps: null, after: this.#seq, before: null, limit: PAGE, forward: true },
      });
      for (const event of events) {
        this.#seq = event.seq;
        this.#take(event);
      }
      if (!hasNext) return;
    }
  }

  #take({ at, fact, app: about }: JournalEvent): void {
    if (about === null) return;
    if (fact.type === 'AppRemoved') this.#removed(at, about);
    const app = this.#parts.supervisor.appById(about.id);
    if (!app) return;
    if (fact.type === 'RunEnded') this.#exits.set(app.id, fact.exit);
    else if (fact.type === 'AppRenamed')
      this.#line(at, { icon: app.icon, name: about.name }, 'renamed', `from ${fact.previousName}`);
    else if (fact.type === 'RestartScheduled') {
      const exit = this.#exits.get(app.id);
      const due = `restarts in ${span(fact.restart.at - at)}`;
      const why = exit ? exitText(exit) : app.error;
      this.#print(at, app, exit?.reason === 'EXITED' ? 'crashed' : 'failed', why ? `${why}; ${due}` : due);
    } else if (fact.type === 'AppStateChanged') {
      if (fact.to === 'RUNNING') {
        this.#exits.delete(app.id);
        const before = this.#last.get(app.id)?.word ?? 'stopped';
        this.#print(at, app, RESTARTED_AFTER.has(before) ? 'restarted' : 'running', this.#parts.urlOf(app));
      } else if (fact.to === 'INVALID') this.#print(at, app, 'invalid', app.error);
      else if (fact.to === 'STOPPED') this.#stopped(at, { ...app, name: about.name }, fact.from);
    }
  }

  /** An app that waited for its restart, or whose run was ended on purpose, was stopped. Otherwise it ended by itself, and stays so. */
  #stopped(at: number, app: AppView, from: AppState): void {
    const exit = from === 'BACKOFF' ? undefined : this.#exits.get(app.id);
    this.#exits.delete(app.id);
    if (!exit || app.desiredState === 'STOPPED' || exit.reason === 'STOPPED' || exit.reason === 'KILLED')
      this.#print(at, app, 'stopped', null);
    else if (exit.reason !== 'EXITED') this.#print(at, app, 'failed', app.error ?? exitText(exit));
    else this.#print(at, app, exit.code === 0 ? 'ended' : 'crashed', app.error ?? exitText(exit));
  }

  /** An app without a line gets none now. */
  #removed(at: number, { id, name }: { readonly id: AppId; readonly name: string }): void {
    const last = this.#last.get(id);
    this.#last.delete(id);
    this.#exits.delete(id);
    if (last) this.#line(at, { icon: last.icon, name }, 'removed', null);
  }

  #print(at: number, app: AppView, word: Word, detail: string | null): void {
    this.#last.set(app.id, { word, icon: app.icon });
    this.#line(at, app, word, detail);
  }

  #line(at: number, app: Pick<AppView, 'icon' | 'name'>, word: Word, detail: string | null): void {
    this.#widen(app.name);
    const name = plain(app.name).padEnd(this.#width);
    const rest = detail === null ? '' : ` ${plain(detail)}`;
    const painted = `\x1b[${COLORS[word]}m${word.padEnd(9)}\x1b[0m`;
    this.#parts.print(`\x1b[2m${localTime(at)}\x1b[22m ${plain(app.icon)} ${name} ${painted}${rest}`);
  }

  #widen({ length }: string): void {
    if (length <= WIDEST) this.#width = Math.max(this.#width, length);
  }
}
