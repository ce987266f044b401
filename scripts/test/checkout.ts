import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const REPOSITORY = resolve(__dirname, '../..');
const RUN_TYPESCRIPT = join(REPOSITORY, 'packages/testing/src/run-typescript.cjs');

/** A process under test. */
export interface Running {
  readonly child: ChildProcess;
  /** Returns the output so far. */
  readonly output: () => string;
  /** Resolves with the exit code. */
  readonly exited: Promise<number | null>;
}

/**
 * A small checkout with the real scripts and a fake npm, compiler and services. Specs choose their results and count their runs.
 */
export class Checkout {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'checkout-')));
  private readonly running: Running[] = [];

  constructor() {
    for (const folder of ['scripts', '.ci']) {
      cpSync(join(REPOSITORY, folder), join(this.root, folder), {
        recursive: true,
        filter: (source) => source !== join(REPOSITORY, 'scripts/test'),
      });
    }
    this.write('package-lock.json', '{ "lockfileVersion": 3 }');
    this.compiler("require('node:fs').appendFileSync('builds', 'tsc ' + process.argv.slice(2).join(' ') + '\\n');");
    this.npm('');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Writes a module to its place in `dist` that runs the source of the repository. */
  source(folder: string, module: string): void {
    const file = join(REPOSITORY, folder, 'src', `${module}.ts`);
    this.write(
      `${folder}/dist/${module}.js`,
      `const argv = process.argv;
       process.argv = [argv[0], argv[1], ${JSON.stringify(file)}];
       require(${JSON.stringify(RUN_TYPESCRIPT)});
       process.argv = argv;
       module.exports = require(${JSON.stringify(file)});`,
    );
  }

  /** Replaces the compiler that the next installation installs. */
  compiler(script: string): void {
    this.write('compiler.js', script);
  }

  /** Replaces the additional work of npm, which always counts its run and installs the compiler. */
  npm(script: string): void {
    this.write(
      'npm-cli.js',
      `const fs = require('node:fs');
       fs.appendFileSync('installations', 'npm ' + process.argv.slice(2).join(' ') + '\\n');
       fs.mkdirSync('node_modules/typescript/bin', { recursive: true });
       fs.writeFileSync('node_modules/typescript/bin/tsc', "require('../../../compiler.js')");
       ${script}`,
    );
  }

  /** Adds a program to the front of the PATH. */
  program(name: string, script: string): void {
    this.write(`programs/${name}`, `#!/usr/bin/env bash\n${script}\n`);
    chmodSync(join(this.root, 'programs', name), 0o755);
  }

  run(
    command: string,
    args: readonly string[],
    { cwd = '.', env = {} }: { cwd?: string; env?: Record<string, string> } = {},
  ): Running {
    const child = spawn(command, args, {
      cwd: join(this.root, cwd),
      env: {
        PATH: `${join(this.root, 'programs')}:${process.env.PATH}`,
        HOME: this.root,
        npm_execpath: join(this.root, 'npm-cli.js'),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const exited = new Promise<number | null>((settle) => child.on('close', settle));
    const running = { child, output: () => output, exited };
    this.running.push(running);
    return running;
  }

  node(script: string, options?: { cwd?: string; env?: Record<string, string> }): Running {
    return this.run(process.execPath, [join(this.root, script)], options);
  }

  /** Stops running processes and removes the folder. */
  async remove(): Promise<void> {
    for (const { child } of this.running) if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await Promise.all(this.running.map(({ exited }) => exited));
    rmSync(this.root, { recursive: true, force: true });
  }
}
