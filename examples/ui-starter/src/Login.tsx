import { beginLogin, canLogInAtServer } from './session';

interface LoginProps {
  wasRefused: boolean;
  onToken: (token: string) => void;
}

export function Login({ wasRefused, onToken }: LoginProps) {
  return (
    <form className="login" action={(form) => onToken(String(form.get('token')).trim())}>
      <h1>Apps</h1>
      {canLogInAtServer && (
        <button type="button" onClick={beginLogin}>
          Log in at the server
        </button>
      )}
      <label>
        {canLogInAtServer ? 'Or paste a token' : 'Token'}
        <input name="token" type="password" required autoComplete="off" placeholder="toe_…" />
      </label>
      <p>The server’s first token stands in its state directory: cat .toehold/token</p>
      {wasRefused && <p role="alert">The server does not take that token.</p>}
      <button type="submit">{canLogInAtServer ? 'Use the token' : 'Log in'}</button>
    </form>
  );
}
