import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

const folder = fileURLToPath(new URL('.', import.meta.url));
const COMPRESSED = /\.(css|js|svg|json)$/;
/** Smaller files are sent in one packet anyway. */
const MIN_BYTES = 1_024;

/** Writes compressed copies of the assets, which the gateway sends to clients that accept them. */
const compress = async (application) => {
  const assets = join(folder, 'dist', application, 'assets');
  for (const name of await readdir(assets)) {
    const bytes = await readFile(join(assets, name));
    if (!COMPRESSED.test(name) || bytes.byteLength < MIN_BYTES) continue;
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength };
    await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(bytes, { level: 9 }));
    await writeFile(join(assets, `${name}.br`), await promisify(brotliCompress)(bytes, { params }));
  }
};

for (const mode of ['console', 'play']) {
  await build({ configFile: join(folder, 'vite.config.mts'), mode, logLevel: 'warn' });
  await compress(mode);
}
