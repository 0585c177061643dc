import { useEffect, useState } from 'react';
import { useClient, useQuery, useSubscription } from 'urql';
import { APPS, COMMANDS, EVENTS } from './documents';
import type { AppsQuery } from './generated/graphql';
import { Log } from './Log';

type App = AppsQuery['apps']['nodes'][number];

export function Apps({ onLogOut }: { onLogOut: () => void }) {
  const [{ data, error }, refresh] = useQuery({ query: APPS });
  // The first payload comes when the stream starts, also after a lost connection. From then on no event is missed. Without events, a
  // heartbeat comes every 15 s.
  const [{ data: news }] = useSubscription({ query: EVENTS });
  useEffect(() => {
    if (news) refresh({ requestPolicy: 'network-only' });
  }, [news, refresh]);
  const [shown, setShown] = useState<string | null>(null);

  const apps = data?.apps.nodes ?? [];
  const app = apps.find(({ id }) => id === shown) ?? apps[0];
  return (
    <main>
      <header>
        <h1>Apps</h1>
        {data && `${data.viewer.name} (${data.viewer.role.toLowerCase()})`}
        <button type="button" onClick={onLogOut}>
          Log out
        </button>
      </header>
      {error && <p role="alert">{error.message}</p>}
      <ul>
        {apps.map((each) => (
          <Row key={each.id} app={each} isShown={each === app} onShow={() => setShown(each.id)} />
        ))}
      </ul>
      {app && <Log key={app.id} app={app} />}
    </main>
  );
}

function Row({ app, isShown, onShow }: { app: App; isShown: boolean; onShow: () => void }) {
  const client = useClient();
  const [problem, setProblem] = useState('');

  async function give(command: keyof typeof COMMANDS) {
    setProblem('');
    const { data, error } = await client.mutation(COMMANDS[command], { app: { id: app.id } });
    if (error) setProblem(error.message);
    else if (data && 'message' in data.result) {
      const tail = 'tail' in data.result ? data.result.tail : [];
      setProblem([data.result.message, ...tail.map(({ text }) => text)].join('\n'));
    }
  }
  const button = (command: keyof typeof COMMANDS) => (
    <button type="button" onClick={() => give(command)}>
      {command}
    </button>
  );
  const rests = app.state === 'STOPPED' || app.state === 'INVALID';
  return (
    <li className={isShown ? 'shown' : ''}>
      <button type="button" className="name" onClick={onShow}>
        {app.icon} {app.name}
      </button>
      <span className={`state ${app.state}`}>{app.state}</span>
      {app.url ? <a href={app.url}>:{app.port?.port}</a> : <span>{app.port && `:${app.port.port}`}</span>}
      <span className="commands">
        {rests ? button('start') : button('stop')}
        {button('restart')}
      </span>
      {(problem || app.error) && <pre role="alert">{problem || app.error}</pre>}
    </li>
  );
}
