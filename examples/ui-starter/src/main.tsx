import { StrictMode, useCallback, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Provider } from 'urql';
import { Apps } from './Apps';
import { openClient } from './client';
import { Login } from './Login';
import { endLogin, endSession } from './session';
import './style.css';

/** The token is kept for this tab only. */
const KEY = 'toehold:token';

function Page() {
  const [token, setToken] = useState(() => sessionStorage.getItem(KEY));
  const [wasRefused, setRefused] = useState(false);
  const logIn = useCallback((text: string | null, refused = false) => {
    if (text === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, text);
    setToken(text);
    setRefused(refused);
  }, []);
  function logOut() {
    if (token) endSession(token);
    logIn(null);
  }
  const client = useMemo(() => token && openClient(token, () => logIn(null, true)), [token, logIn]);
  if (!client) return <Login wasRefused={wasRefused} onToken={logIn} />;
  return (
    <Provider value={client}>
      <Apps onLogOut={logOut} />
    </Provider>
  );
}

// The browser may come back from the login page of the server.
const token = await endLogin().catch(() => null);
if (token) sessionStorage.setItem(KEY, token);

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <Page />
    </StrictMode>,
  );
