import { useSubscription } from 'urql';
import { LOG } from './documents';
import type { LogSubscription } from './generated/graphql';

type Line = Extract<LogSubscription['logs'], { entries: unknown }>['entries'][number];

/** The last lines by cursor, because after a lost connection the stream starts with some lines that are already here. */
function withMore(lines: Line[] = [], { logs }: LogSubscription): Line[] {
  if (!('entries' in logs)) return lines;
  const byCursor = new Map([...lines, ...logs.entries].map((line) => [line.cursor, line]));
  return [...byCursor.values()].slice(-500);
}

export function Log({ app }: { app: { id: string; name: string } }) {
  const [{ data: lines = [], error }] = useSubscription(
    { query: LOG, variables: { app: { id: app.id } } },
    withMore,
  );
  return (
    <section aria-label={`Log of ${app.name}`}>
      <h2>{app.name}</h2>
      {error && <p role="alert">{error.message}</p>}
      <div className="log">
        <div>
          {lines.map(({ cursor, stream, text }) => (
            <div key={cursor} className={stream}>
              {text}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}
