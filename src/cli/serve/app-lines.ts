import type { AppView, EventReader, Supervisor } from '../../contracts/supervisor.ts';
import type { AppId } from '../../core/app.ts';
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
} as const;
type Word = keyof typeof COLORS;

/**
 * Prints a line for each app that runs, crashes, is restarted, or stops: time, icon, name, what happened, and its address or the reason. It
 * reads the journal, as every client does, so it misses nothing and prints nothing twice.
 */
export class AppLines {
  readonly #parts: AppLinesParts;
  #seq = 0;
  #width = 0;
  /** What was printed last about each app. */
  readonly #last = new Map<AppId, Word>();
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
      if (app.state === 'RUNNING') this.#print(now(), app, 'running', this.#address(app));
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
    const app = about && this.#parts.supervisor.appById(about.id);
    if (!app) return;
    if (fact.type === 'RunEnded') this.#exits.set(app.id, fact.exit);
    else if (fact.type === 'RestartScheduled') {
      const exit = this.#exits.get(app.id);
      const due = `restarts in ${span(fact.restart.at - at)}`;
      const why = exit ? exitText(exit) : app.error;
      this.#print(at, app, exit?.reason === 'EXITED' ? 'crashed' : 'failed', why ? `${why}; ${due}` : due);
    } else if (fact.type === 'AppStateChanged') {
      if (fact.to === 'RUNNING') {
        this.#exits.delete(app.id);
        const before = this.#last.get(app.id) ?? 'stopped';
        this.#print(at, app, before === 'stopped' ? 'running' : 'restarted', this.#address(app));
      } else if (fact.to === 'INVALID') this.#print(at, app, 'invalid', app.error);
      else if (fact.to === 'STOPPED') {
        if (app.desiredState === 'RUNNING') this.#print(at, app, 'ended', app.error);
        else this.#print(at, app, 'stopped', null);
      }
    }
  }

  #address(app: AppView): string | null {
    return this.#parts.urlOf(app);
  }

  #print(at: number, app: AppView, word: Word, detail: string | null): void {
    this.#last.set(app.id, word);
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
