'use strict';

/**
 * Runs a TypeScript module from the sources in a separate process, like jest: workspace names are mapped to `src`, so no build
 * is needed. For `fork(require.resolve('./run-typescript.cjs'), [module, …])`.
 */
const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { join, resolve } = require('node:path');
const { transformSync } = require('@swc/core');

const packages = resolve(__dirname, '../..');
const resolveFilename = Module._resolveFilename;

Module._resolveFilename = function (request, ...rest) {
  const [, name, path = 'index'] = /^@rewards\/([^/]+)(?:\/(.+))?$/.exec(request) ?? [];
  return resolveFilename.call(this, name ? join(packages, name, 'src', `${path}.ts`) : request, ...rest);
};

Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    swcrc: false,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'commonjs' },
  });
  module._compile(code, filename);
};

require(resolve(process.argv[2]));
