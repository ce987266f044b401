/**
 * Applies one mutation at a time to a copy of the built tree, and checks that the fault suite catches it.
 * Usage: npm run test:mutations -- [--only <part of a name> …] [--seeds 6] [--seed 42] [--at-once 1] [--results <file>]
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import ts from 'typescript';
import { copyTree } from '../testing/copy-tree';
import { ROOT } from '../testing/system';
import { MUTATIONS, type Mutation } from './mutations';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A copy of the built tree, with its own workspaces and the dependencies of the original. */
class Copy {
  private readonly root = copyTree(['src']);
  private child: ChildProcess | null = null;

  remove(): void {
    this.child?.kill('SIGTERM');
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Applies a mutation. @returns a function that reverts it */
  apply({ file, from, to }: Mutation): () => void {
    const built = join(this.root, builtFrom(file));
    const before = readFileSync(built, 'utf8');
    const source = readFileSync(join(ROOT, file), 'utf8');
    writeFileSync(built, transpile(source.replace(from, () => to)));
    return () => writeFileSync(built, before);
  }

  /** Runs the fault suite with one seed. @returns the first violation, or null if there is none */
  async runSeed(seed: number): Promise<string | null> {
    const child = spawn(
      process.execPath,
      ['e2e/dist/faults/faults.js', '--seeds', '1', '--seed', String(seed), '--resets', '0', '--restores', 'off'],
      {
        cwd: this.root,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    return code === 0 ? null : violationIn(output);
  }
}

const builtFrom = (file: string): string => file.replace('/src/', '/dist/').replace(/\.ts$/, '.js');

const transpile = (source: string): string => {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  return ts.transpileModule(source, { compilerOptions: { ...options, module: ts.ModuleKind.CommonJS } }).outputText;
};

/** Returns the first violation in the suite's output. @throws Error if the suite did not start, which proves nothing */
const violationIn = (output: string): string => {
  const [, message] = /FAILED after [\d.]+ s: ([\s\S]*)/.exec(output) ?? [];
  if (message === undefined) throw new Error(`the fault suite did not run:\n${output}`);
  const [first = '', second = ''] = message.split('\n');
  return (/^\d+ violations:$/.test(first) ? second : first).slice(0, 200);
};

const checkSource = ({ name, file, from }: Mutation): void => {
  const times = readFileSync(join(ROOT, file), 'utf8').split(from).length - 1;
  if (times !== 1) throw new Error(`${name}: the text to replace must occur once in ${file}, but occurs ${times} times`);
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [''] },
      seeds: { type: 'string', default: '6' },
      seed: { type: 'string', default: '42' },
      'at-once': { type: 'string', default: '1' },
      results: { type: 'string' },
    },
  });
  MUTATIONS.forEach(checkSource);
  const pending = MUTATIONS.filter(({ name }) => values.only.some((part) => name.includes(part)));
  const copies = Array.from({ length: Number(values['at-once']) }, () => new Copy());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const copy of copies) copy.remove();
      process.exit(130);
    });
  }
  const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.seed) + index);
  const results: { readonly name: string; readonly ok: boolean }[] = [];

  const tryMutation = async (copy: Copy, mutation: Mutation): Promise<void> => {
    const revert = copy.apply(mutation);
    try {
      for (const [index, seed] of seeds.entries()) {
        const violation = await copy.runSeed(seed);
        if (violation === null) continue;
        results.push({ name: mutation.name, ok: true });
        return print(`caught    ${mutation.name} (seed ${seed}, ${index + 1} seeds tried): ${violation}`);
      }
      results.push({ name: mutation.name, ok: false });
      print(`SURVIVED  ${mutation.name}, ${seeds.length} seeds`);
    } finally {
      revert();
    }
  };

  const work = async (copy: Copy): Promise<void> => {
    // A suite that fails without a mutation would appear to catch every mutation.
    const violation = await copy.runSeed(seeds[0] ?? 0);
    if (violation !== null) throw new Error(`The fault suite fails without a mutation: ${violation}`);
    for (let mutation = pending.shift(); mutation; mutation = pending.shift()) await tryMutation(copy, mutation);
  };
  try {
    await Promise.all(copies.map(work));
  } finally {
    for (const copy of copies) copy.remove();
  }
  if (values.results !== undefined) writeFileSync(values.results, JSON.stringify(results));
  const survivors = results.filter(({ ok }) => !ok).length;
  print(survivors === 0 ? 'All mutations were caught.' : `${survivors} mutations survived.`);
  process.exitCode = survivors === 0 ? 0 : 1;
};

process.exitCode = 1;
void main();
