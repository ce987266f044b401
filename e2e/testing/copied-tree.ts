import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { ROOT } from './system';

const OWN_SCOPE = '@rewards';
const NEVER_COPIED = ['.git', 'coverage', 'data', 'docs', 'node_modules'];

/**
 * Copies the repository with its builds. The copy has the same dependencies, but its workspaces are its own.
 * @param leftOut further names of files and folders that are not copied
 * @returns its folder, which the caller removes
 */
export const copyTree = (leftOut: readonly string[] = []): string => {
  const tree = mkdtempSync(join(tmpdir(), 'login-rewards-copy-'));
  const isLeftOut = new Set([...NEVER_COPIED, ...leftOut]);
  cpSync(ROOT, tree, { recursive: true, filter: (path) => !isLeftOut.has(basename(path)) });

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
