import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where each application is served, and the folder of its `index.html`. The mode names the application. */
const APPS: Readonly<Record<string, { readonly base: string; readonly root: string }>> = {
  console: { base: '/console/', root: 'src/app' },
  play: { base: '/play/', root: 'src/play' },
};

const GATEWAY = process.env.GATEWAY_URL ?? 'http://127.0.0.1:3002';

export default defineConfig(({ mode }) => {
  const app = APPS[mode];
  if (!app) throw new Error(`There is no application ${mode}: use --mode console or --mode play`);
  return {
    base: app.base,
    root: folder(app.root),
    plugins: [react()],
    // The gateway replaces the placeholder in each response.
    html: { cspNonce: '__CSP_NONCE__' },
    resolve: {
      alias: [
        { find: /^@rewards\/(contracts|domain)$/, replacement: folder('../packages/$1/src/index.ts') },
        { find: /^@rewards\/(contracts|domain)\/(.+)$/, replacement: folder('../packages/$1/src/$2.ts') },
      ],
    },
    build: {
      outDir: folder(`dist/${mode}`),
      emptyOutDir: true,
      target: 'es2022',
      // These browsers have light-dark(). For older ones, the build would replace it with code that does not follow the chosen theme.
      cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
      modulePreload: { polyfill: false },
      // Small files as `data:` URLs would need a weaker Content-Security-Policy.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 600,
    },
    server: { proxy: { '^/(?!(?:console|play)/(?!session(?:/|$))|@|node_modules)': GATEWAY } },
  };
});
