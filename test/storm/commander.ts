import { ask } from '../support/serve.ts';
import { APPS, type StormApp } from './apps.ts';
import type { Random } from './random.ts';

type Verb = 'start' | 'stop' | 'restart' | 'rename';
type Desired = 'RUNNING' | 'STOPPED';

/** What the client knows of one app: the answers that it got, and the command that it got no answer to. */
export interface Wish {
  readonly app: StormApp;
  id: string;
  /** As last acknowledged; a command without an answer makes it one of two. */
  desired: readonly Desired[];
  names: readonly string[];
  /** Commands since the last check that may have ended or begun a run. */
  commanded: boolean;
}

/** A client that sends commands for apps taken at random, one at a time for each app. */
export interface Commander {
  readonly wishes: readonly Wish[];
  readonly counts: { sent: number; acknowledged: number };
  /** Sends commands from now on. The answer ends that, and resolves when each has an answer or has none coming. */
  begin(url: string): () => Promise<void>;
}

const VERBS: readonly Verb[] = ['start', 'start', 'stop', 'restart', 'restart', 'rename'];
/** Between two commands, at most, in milliseconds. */
const PAUSE = 20;

interface Outcome {
  readonly data?: { readonly done: { readonly __typename: string; readonly code?: string } } | null;
}

export function createCommander(random: Random): Commander {
  const wishes: Wish[] = APPS.map((app) => ({
    app,
    id: '',
    desired: ['RUNNING'],
    names: [app.word],
    commanded: true,
  }));
  const counts = { sent: 0, acknowledged: 0 };
  const busy = new Map<Wish, Promise<void>>();

  async function send(url: string, wish: Wish, verb: Verb): Promise<void> {
    const before = { desired: wish.desired, names: wish.names };
    const wanted: Desired = verb === 'stop' ? 'STOPPED' : 'RUNNING';
    const name = `${wish.app.word}${wish.names.includes(wish.app.word) ? '-again' : ''}`;
    if (verb === 'rename') wish.names = [...new Set([...wish.names, name])];
    else wish.desired = [...new Set([...wish.desired, wanted])];
    if (verb !== 'start' || before.desired.includes('STOPPED')) wish.commanded = true;
    const wait = random.number(8) === 0;
    const rest = verb === 'rename' ? ', name: $name' : ', wait: $wait';
    const variable = verb === 'rename' ? '$name: String!' : '$wait: Boolean!';
    counts.sent += 1;
    const answer = await ask<unknown>(
      url,
      `mutation ($id: ID!, ${variable}) {
        done: ${verb}App(input: { app: { id: $id }${rest} }) { __typename ... on Error { code } }
      }`,
      { id: wish.id, name, wait },
    ).catch(() => null);
    const done = (answer as Outcome | null)?.data?.done;
    if (!done) return;
    counts.acknowledged += 1;
    if (verb === 'rename') {
      if (done.__typename.endsWith('Success')) wish.names = [name];
    } else if (done.__typename.endsWith('Success') || /^(START|STOP)_FAILED$/.test(done.code ?? '')) {
      wish.desired = [wanted];
    }
  }

  return {
    wishes,
    counts,
    begin(url) {
      let ended = false;
      let timer: NodeJS.Timeout;
      function next(): void {
        if (ended) return;
        timer = setTimeout(next, random.number(PAUSE));
        const wish = random.one(wishes);
        if (busy.has(wish)) return;
        const sent = send(url, wish, random.one(VERBS)).finally(() => busy.delete(wish));
        busy.set(wish, sent);
      }
      next();
      return async () => {
        ended = true;
        clearTimeout(timer);
        await Promise.all(busy.values());
      };
    },
  };
}
