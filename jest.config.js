const { availableParallelism } = require('node:os');

/** Workspace names are mapped to `src`, so unit specs need no build. */
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  testMatch: ['**/*.spec.ts'],
  // The spec of the benchmarks starts the system often. `npm run nightly` runs it.
  testPathIgnorePatterns: [
    '/node_modules/',
    '/dist/',
    '<rootDir>/data/',
    ...(process.env.BENCH_SPECS ? [] : ['<rootDir>/bench/']),
  ],
  modulePathIgnorePatterns: ['<rootDir>/data/', '<rootDir>/(packages/)?[^/]+/dist/'],
  testTimeout: 30_000,
  // At least two, because specs wait for engines and processes more than they compute.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  moduleNameMapper: {
    '^@rewards/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@rewards/([^/]+)/(.+)$': '<rootDir>/packages/$1/src/$2.ts',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  // `jest --coverage` counts files that no spec loads too. scripts/coverage.mjs prints a line for each workspace.
  collectCoverageFrom: [
    'packages/*/src/**/*.ts',
    '{auth,command,query}-service/src/**/*.ts',
    '{gateway,projections}/src/**/*.ts',
  ],
  coveragePathIgnorePatterns: ['/node_modules/', '/dist/', '/testing/', '\\.spec\\.ts$', '<rootDir>/packages/testing/'],
  // Instrumented sources are cached; V8's own counters more than double the time of all suites.
  coverageProvider: 'babel',
  coverageReporters: ['json-summary'],
};
