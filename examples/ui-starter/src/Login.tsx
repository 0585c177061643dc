interface LoginProps {
  wasRefused: boolean;
  onToken: (token: string) => void;
}

export function Login({ wasRefused, onToken }: LoginProps) {
  return (
    <form className="login" action={(form) => onToken(String(form.get('token')).trim())}>
      <h1>Apps</h1>
      <label>
        Token
        <input name="token" type="password" required autoComplete="off" placeholder="toe_…" />
      </label>
      <p>The server’s first token stands in its state directory: cat .toehold/token</p>
      {wasRefused && <p role="alert">The server does not take that token.</p>}
      <button type="submit">Log in</button>
    </form>
  );
}
