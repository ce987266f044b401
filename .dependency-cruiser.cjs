/**
 * Who may import what. Each rule has a planted break in `scripts/checks/planted-imports.mjs` that proves that it bites.
 * Paths are those of the sources: workspace names are resolved by the `paths` of tsconfig.spec.json.
 */
const SERVICES = 'auth-service|command-service|projections|query-service|gateway';
const PORTS = 'event-store|document-store|message-bus';
const ENGINES = 'embedded|eventstoredb|mongodb|kafka';

/** Specs and what only they use: they may import anything but another service, and nothing else imports them. */
const TESTS = ['\\.spec\\.ts$', '/testing/', '/test/', '^(e2e|bench)/'];
const COMPOSITION_ROOTS = ['(^|/)main\\.ts$', '\\.module\\.ts$', '(^|/)engines\\.ts$'];

const SCHEMA_LIBRARIES = 'node_modules/(zod|valibot|@sinclair/typebox)/';
const ZONE_LIBRARIES = 'node_modules/(luxon|date-fns|@date-fns/(tz|utc)|@js-temporal/polyfill|temporal-polyfill)/';
const DRIVERS = 'node_modules/(libsql|@eventstore/db-client|mongodb|kafkajs)/';

/** @param rule.from, rule.to conditions of dependency-cruiser; what they match is refused */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    forbid(
      'contracts-import-nothing',
      'Contracts are what everybody shares: they import a schema library at most.',
      { path: '^packages/contracts/src/', pathNot: TESTS },
      { pathNot: ['^packages/contracts/src/', SCHEMA_LIBRARIES] },
    ),
    forbid(
      'async-imports-no-package',
      'What waits, retries and queues lies below every port: it imports Node and one library.',
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
      'What a day is, is decided in one place.',
      { path: '^packages/domain/src/', pathNot: ['^packages/domain/src/conditions/', ...TESTS] },
      { path: ZONE_LIBRARIES },
    ),
    forbid(
      'projection-is-a-table',
      "A projection imports contracts, the domain's folds, the projection type and ids that are derived from a domain event.",
      { path: '\\.projection\\.ts$' },
      {
        pathNot: ['^packages/(contracts|domain)/src/', '^packages/service-kit/src/derived-id\\.ts$', '(^|/)projection\\.ts$'],
      },
    ),
    forbid(
      'port-imports-contracts-only',
      'A port knows no engine, no framework and nothing of its own adapters.',
      { path: `^packages/(${PORTS})/src/\\1\\.ts$` },
      { pathNot: '^packages/contracts/src/' },
    ),
    forbid(
      'port-packages-stand-alone',
      'The package of a port builds on contracts and async alone.',
      { path: `^packages/(${PORTS})/src/`, pathNot: ['/adapters/', ...TESTS] },
      { path: '^packages/', pathNot: ['^packages/$1/', '^packages/(async|contracts)/'] },
    ),
    forbid(
      'adapter-imports-its-port',
      'An adapter imports its port, its driver and async, and the embedded one the SQLite that they share.',
      { path: `^packages/(${PORTS})/src/adapters/`, pathNot: TESTS },
      {
        path: '^packages/',
        pathNot: [
          '^packages/(async|contracts|sqlite)/src/',
          '^packages/$1/src/($1|content-hash|outages)\\.ts$',
          '^packages/$1/src/adapters/',
        ],
      },
    ),
    forbid(
      'adapters-know-not-each-other',
      'The adapters of one port share no more than helpers beside them.',
      { path: `^packages/(${PORTS})/src/adapters/(${ENGINES})`, pathNot: TESTS },
      { path: `^packages/$1/src/adapters/(${ENGINES})`, pathNot: '^packages/$1/src/adapters/$2' },
    ),
    forbid(
      'checker-is-independent',
      'The second opinion on the rules shares no code with what it checks: of our packages it knows contracts, the port of the log, and how to wait.',
      { path: '^packages/checker/src/', pathNot: TESTS },
      { path: '^packages/', pathNot: ['^packages/checker/src/', '^packages/(async|contracts|event-store)/src/'] },
    ),
    forbid(
      'sqlite-knows-no-port',
      'What the embedded adapters share knows none of them.',
      { path: '^packages/sqlite/src/', pathNot: TESTS },
      { path: '^packages/', pathNot: '^packages/(async|sqlite)/src/' },
    ),
    forbid(
      'sqlite-only-in-adapters',
      'SQLite is the engine of the embedded adapters, not a store for everybody.',
      { pathNot: ['^packages/sqlite/src/', `^packages/(${PORTS})/src/adapters/`, ...TESTS] },
      { path: '^packages/sqlite/src/' },
    ),
    forbid(
      'drivers-only-in-adapters',
      'Nothing above a port knows which engine it got.',
      { pathNot: ['^packages/sqlite/src/', `^packages/(${PORTS})/src/adapters/`, ...TESTS] },
      { path: DRIVERS },
    ),
    forbid(
      'adapters-chosen-in-composition-roots',
      'An adapter is named by main.ts, a module or engines.ts, nowhere else.',
      { pathNot: ['/adapters/', ...COMPOSITION_ROOTS, ...TESTS] },
      { path: '^packages/[^/]+/src/adapters/' },
    ),
    forbid(
      'no-service-imports-another',
      'Services meet over HTTP, the bus, the log and the read models. A spec that needs two of them lies in e2e.',
      { path: `^(${SERVICES})/` },
      { path: `^(${SERVICES})/`, pathNot: '^$1/' },
    ),
    forbid(
      'packages-know-no-service',
      'A package is used by services, never the other way round.',
      { path: '^packages/', pathNot: TESTS },
      { path: `^(${SERVICES})/` },
    ),
    forbid(
      'kits-know-no-service',
      'A test kit serves every service: what it needs of one is passed in.',
      { path: '^packages/testing/', pathNot: '\\.spec\\.ts$' },
      { path: `^(${SERVICES}|e2e|bench)/` },
    ),
    forbid(
      'nothing-imports-tests',
      'Contract suites, fixtures and specs never reach production.',
      { pathNot: TESTS },
      { path: TESTS },
    ),
    forbid('no-cycles', 'Files that need each other are one file, or one of them is in the wrong place.', {}, { circular: true }),
    forbid(
      'no-unused-file',
      'A file that nobody imports and that imports nothing is dead.',
      { orphan: true, pathNot: ['(^|/)main\\.ts$', '\\.d\\.ts$', ...TESTS] },
      {},
    ),
    forbid('imports-resolve', 'What does not resolve is checked by no other rule.', {}, { couldNotResolve: true }),
    forbid(
      'imports-are-declared',
      'The nearest package.json names what production code imports: hoisting makes the rest work by luck.',
      { pathNot: TESTS },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    ),
    forbid(
      'sources-not-built-code',
      'An import that ends in dist passes by every rule that speaks of src.',
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
