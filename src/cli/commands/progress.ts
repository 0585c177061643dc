import { setTimeout as pause } from 'node:timers/promises';
import type { CliProgressQuery } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';
import type { Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';
import { startSpinner } from '../terminal/spinner.ts';

const PROGRESS = graphql(`
  query CliProgress($by: AppRef!) {
    app(by: $by) { state run { phase port } restart { attempt } }
  }
`);

/** Between two looks at how far it is, in milliseconds. */
const LOOK_AGAIN = 150;

/** Shows how far an app is while something is done to it; where nobody looks at a terminal, a line for each step. */
export async function showingProgress<T>(session: Session, name: string, work: Promise<T>): Promise<T> {
  const { out, json } = session;
  if (json) return work;
  const spinner = startSpinner(out, plain(name));
  // Heard by the caller: here it only ends the looking.
  const ended = work.then(
    () => true,
    () => true,
  );
  try {
    for (let done = false; !done; done = await Promise.race([ended, pause(LOOK_AGAIN, false)])) {
      // Only a help for the eye: where it fails, the answer of the command itself tells why.
      const { app } = await session.client.request(PROGRESS, { by: { name } }).catch(() => ({ app: null }));
      if (app) spinner.say(stepOf(app));
    }
    return await work;
  } finally {
    spinner.end();
  }
}

function stepOf({ state, run }: NonNullable<CliProgressQuery['app']>): string {
  if (state !== 'STARTING') return state.toLowerCase();
  if (run?.phase === 'INSTALLING') return 'installing its dependencies';
  if (run?.phase === 'BOOTING') return run.port == null ? 'booting' : `booting: waits for port ${run.port}`;
  return 'starting';
}
