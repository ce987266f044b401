/**
 * The import rules. Each rule has a planted violation in `scripts/checks/planted-imports.mjs` that proves that it is enforced.
 * Paths are source paths: the `paths` of tsconfig.spec.json resolve workspace names.
 */
const SERVICES = 'auth-service|command-service|projections|query-service|gateway';
const PORTS = 'event-store|document-store|message-bus';
const ENGINES = 'embedded|eventstoredb|mongodb|kafka';

/** Specs and their helpers. They may import anything except another service, and no production file imports them. */
const TESTS = ['\\.spec\\.ts$', '/testing/', '/test/', '^(e2e|bench)/'];
const COMPOSITION_ROOTS = ['(^|/)main\\.ts$', '\\.module\\.ts$', '(^|/)engines\\.ts$'];

const SCHEMA_LIBRARIES = 'node_modules/(zod|valibot|@sinclair/typebox)/';
const ZONE_LIBRARIES = 'node_modules/(luxon|date-fns|@date-fns/(tz|utc)|@js-temporal/polyfill|temporal-polyfill)/';
const DRIVERS = 'node_modules/(libsql|@eventstore/db-client|mongodb|kafkajs)/';

/** @param rule.from, rule.to conditions of dependency-cruiser; a matching import is rejected */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbid(
      'contracts-import-nothing',
      'All workspaces share the contracts, so contracts import a schema library at most.',
      { path: '^packages/contracts/src/', pathNot: TESTS },
      { pathNot: ['^packages/contracts/src/', SCHEMA_LIBRARIES] },
    ),
    forbid(
      'async-imports-no-package',
      'Waiting, retries and queues are below every port: async imports Node.js and one library.',
      { path: '^packages/async/src/', pathNot: TESTS },
      { pathNot: ['^packages/async/src/', 'node_modules/async-mutex/'], dependencyTypesNot: ['core'] },
    ),
    forbid(
      'domain-is-pure',
      'Deciders import contracts and each other: no framework, no Node, no store.',
      { path: '^packages/domain/src/', pathNot: TESTS },
      { pathNot: ['^packages/(contracts|domain)/src/', ZONE_LIBRARIES] },
    ),
    forbid(
      'zones-only-in-conditions',
      'Only one folder defines what a day is.',
      { path: '^packages/domain/src/', pathNot: ['^packages/domain/src/conditions/', ...TESTS] },
      { path: ZONE_LIBRARIES },
    ),
    forbid(
      'projection-is-a-table',
      "A projection imports contracts, the domain's folds, the projection type and ids that are derived from a domain event.",
      { path: '\\.projection\\.ts$' },
      {
        pathNot: [
          '^packages/(contracts|domain)/src/',
          '^packages/service-kit/src/(derived-id|deliveries)\\.ts$',
          '(^|/)projection\\.ts$',
        ],
      },
    ),
    forbid(
      'port-imports-contracts-only',
      'A port imports no engine, no framework and none of its adapters.',
      { path: `^packages/(${PORTS})/src/\\1\\.ts$` },
      { pathNot: '^packages/contracts/src/' },
    ),
    forbid(
      'port-packages-stand-alone',
      'The package of a port depends only on contracts and async.',
      { path: `^packages/(${PORTS})/src/`, pathNot: ['/adapters/', ...TESTS] },
      { path: '^packages/', pathNot: ['^packages/$1/', '^packages/(async|contracts)/'] },
    ),
    forbid(
      'adapter-imports-its-port',
      'An adapter imports its port, its driver and async. The embedded adapters also import sqlite.',
      { path: `^packages/(${PORTS})/src/adapters/`, pathNot: TESTS },
      {
        path: '^packages/',
        pathNot: [
          '^packages/(async|contracts|sqlite)/src/',
          '^packages/$1/src/($1|content-hash|headers|outages)\\.ts$',
          '^packages/$1/src/adapters/',
        ],
      },
    ),
    forbid(
      'adapters-are-separate',
      'The adapters of one port share only helpers in the same folder.',
      { path: `^packages/(${PORTS})/src/adapters/(${ENGINES})`, pathNot: TESTS },
      { path: `^packages/$1/src/adapters/(${ENGINES})`, pathNot: '^packages/$1/src/adapters/$2' },
    ),
    forbid(
      'checker-is-independent',
      'The independent checker shares no code with the code that it checks. It imports only contracts, event-store and async.',
      { path: '^packages/checker/src/', pathNot: TESTS },
      { path: '^packages/', pathNot: ['^packages/checker/src/', '^packages/(async|contracts|event-store)/src/'] },
    ),
    forbid(
      'sqlite-imports-no-port',
      'The SQLite package imports none of the adapters that use it.',
      { path: '^packages/sqlite/src/', pathNot: TESTS },
      { path: '^packages/', pathNot: '^packages/(async|sqlite)/src/' },
    ),
    forbid(
      'sqlite-only-in-adapters',
      'Only the embedded adapters use SQLite.',
      { pathNot: ['^packages/sqlite/src/', `^packages/(${PORTS})/src/adapters/`, ...TESTS] },
      { path: '^packages/sqlite/src/' },
    ),
    forbid(
      'drivers-only-in-adapters',
      'Code above a port does not depend on an engine.',
      { pathNot: ['^packages/sqlite/src/', `^packages/(${PORTS})/src/adapters/`, ...TESTS] },
      { path: DRIVERS },
    ),
    forbid(
      'adapters-chosen-in-composition-roots',
      'Only main.ts, a module or engines.ts selects an adapter.',
      { pathNot: ['/adapters/', ...COMPOSITION_ROOTS, ...TESTS] },
      { path: '^packages/[^/]+/src/adapters/' },
    ),
    forbid(
      'no-service-imports-another',
      'Services communicate over HTTP, the bus, the log and the read models. A spec that needs two services belongs in e2e.',
      { path: `^(${SERVICES})/` },
      { path: `^(${SERVICES})/`, pathNot: '^$1/' },
    ),
    forbid(
      'packages-import-no-service',
      'Services import packages, and no package imports a service.',
      { path: '^packages/', pathNot: TESTS },
      { path: `^(${SERVICES})/` },
    ),
    forbid(
      'console-is-a-client',
      'The console uses the HTTP API. It shares only the pure packages with the services.',
      { path: '^console/', pathNot: TESTS },
      { path: `^(packages|${SERVICES})/`, pathNot: '^packages/(contracts|domain)/src/' },
    ),
    forbid(
      'only-tests-import-the-console',
      'Nothing on the server depends on the console.',
      { pathNot: ['^console/', ...TESTS] },
      { path: '^console/' },
    ),
    forbid(
      'test-kits-import-no-service',
      'A test kit works with every service, which is an argument.',
      { path: '^packages/testing/', pathNot: '\\.spec\\.ts$' },
      { path: `^(${SERVICES}|e2e|bench)/` },
    ),
    forbid(
      'nothing-imports-tests',
      'Production code imports no contract suite, fixture or spec.',
      { pathNot: TESTS },
      { path: TESTS },
    ),
    forbid(
      'no-cycles',
      'Files that import each other should be one file, or one of them is in the wrong place.',
      {},
      { circular: true },
    ),
    forbid(
      'no-unused-file',
      'A file without imports that no other file imports is dead code.',
      { orphan: true, pathNot: ['(^|/)main\\.tsx?$', '\\.d\\.ts$', ...TESTS] },
      {},
    ),
    forbid('imports-resolve', 'No other rule checks an import that does not resolve.', {}, { couldNotResolve: true }),
    forbid(
      'imports-are-declared',
      'The nearest package.json declares every import of production code. Undeclared imports work only because of hoisting.',
      { pathNot: TESTS },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    ),
    forbid(
      'sources-not-built-code',
      'Rules match paths in src, so they do not see an import of dist.',
      {},
      { path: '^(packages/)?[^/]+/dist/' },
    ),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.spec.json' },
    preserveSymlinks: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
  },
};
