import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { ROOT } from './system';

const OWN_SCOPE = '@rewards';
const NEVER_COPIED = ['.git', 'coverage', 'data', 'docs', 'node_modules'];

/**
 * Copies the repository with its builds. The copy has its own workspaces and the dependencies of the original.
 * @param excluded names of further files and folders that are not copied
 * @returns path of the copy, which the caller removes
 */
export const copyTree = (excluded: readonly string[] = []): string => {
  const tree = mkdtempSync(join(tmpdir(), 'login-rewards-copy-'));
  const isExcluded = new Set([...NEVER_COPIED, ...excluded]);
  cpSync(ROOT, tree, { recursive: true, filter: (path) => !isExcluded.has(basename(path)) });

  const modules = join(ROOT, 'node_modules');
  mkdirSync(join(tree, 'node_modules', OWN_SCOPE), { recursive: true });
  for (const name of readdirSync(modules)) {
    if (name !== OWN_SCOPE) symlinkSync(join(modules, name), join(tree, 'node_modules', name));
  }
  for (const name of readdirSync(join(modules, OWN_SCOPE))) {
    const target = readlinkSync(join(modules, OWN_SCOPE, name));
    symlinkSync(target, join(tree, 'node_modules', OWN_SCOPE, name));
    const nested = join(modules, OWN_SCOPE, target, 'node_modules');
    if (existsSync(nested)) symlinkSync(nested, join(tree, relative(ROOT, nested)));
  }
  return tree;
};
