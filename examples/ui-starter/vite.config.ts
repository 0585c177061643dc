import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv } from 'vite';

// `npm run dev` and `npm run preview` pass /graphql on to the server, so the page and the server have one origin.
// The server accepts only its own origin, so the proxy sets it. The token says who the client is.
export default defineConfig(({ mode }) => {
  const target = loadEnv(mode, '.', 'TOEHOLD_').TOEHOLD_URL || 'http://127.0.0.1:3000';
  const { origin } = new URL(target);
  return {
    plugins: [react()],
    server: { proxy: { '/graphql': { target, ws: true, changeOrigin: true, headers: { origin } } } },
  };
});
