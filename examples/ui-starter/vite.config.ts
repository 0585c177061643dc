import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

// `npm run dev` and `npm run preview` hand /graphql on to the server, so that the page has one origin with it.
// The server takes requests of its own origin only: the proxy asks in that name, and the token says who asks.
export default defineConfig(({ mode }) => {
  const target = loadEnv(mode, '.', 'TOEHOLD_').TOEHOLD_URL || 'http://127.0.0.1:3000';
  const { origin } = new URL(target);
  return {
    plugins: [react()],
    server: { proxy: { '/graphql': { target, ws: true, changeOrigin: true, headers: { origin } } } },
  };
});
