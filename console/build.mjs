import { build } from 'vite';
import { fileURLToPath } from 'node:url';

const configFile = fileURLToPath(new URL('vite.config.mts', import.meta.url));

for (const mode of ['console', 'play']) await build({ configFile, mode, logLevel: 'warn' });
