import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The configuration of the tools, which is the same in the planted tree. */
const CONFIGURATION = [
  '.dclintrc.json',
  '.dependency-cruiser.cjs',
  '.editorconfig',
  '.prettierignore',
  '.prettierrc.json',
  'eslint.config.mjs',
  'tsconfig.base.json',
  'tsconfig.spec.json',
];

/**
 * Creates a small tree with the configuration and the tools of the repository, and removes it afterwards.
 * @param files text by path; a package that is not installed is planted as `node_modules/<name>/…`
 * @param task receives the folder of the tree
 */
export const withPlantedTree = async (root, files, task) => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'planted-')));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    for (const name of CONFIGURATION) copyFileSync(join(root, name), join(directory, name));
    linkPackages(join(root, 'node_modules'), join(directory, 'node_modules'));
    return await task(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** Links the installed packages, except those of this repository, which the planted tree replaces. */
const linkPackages = (from, to) => {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === '@rewards' || existsSync(join(to, name))) continue;
    if (!name.startsWith('.')) symlinkSync(join(from, name), join(to, name));
  }
};
