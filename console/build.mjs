import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { build } from 'vite';

const configFile = fileURLToPath(new URL('vite.config.mts', import.meta.url));
const TEXTS = ['.css', '.js', '.json', '.svg'];
/** Smaller files fit into one packet anyway. */
const MIN_BYTES = 1_000;

/** Compresses the files of an application once, so that the gateway sends them without compressing anything. */
const compress = async (folder) => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && TEXTS.includes(extname(entry.name)));
  await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = join(parentPath, name);
      const bytes = await readFile(file);
      if (bytes.length < MIN_BYTES) return;
      await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
      await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes));
    }),
  );
};

for (const mode of ['console', 'play']) {
  await build({ configFile, mode, logLevel: 'warn' });
  await compress(fileURLToPath(new URL(`dist/${mode}/`, import.meta.url)));
}
