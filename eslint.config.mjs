import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SPECS = ['**/*.spec.ts', '**/testing/**/*.ts', '**/test/**/*.ts', 'e2e/**/*.ts'];

/** Production code. */
const SOURCES = ['packages/*/src/**/*.ts', '*/src/**/*.ts'];

/** Files that may import the upcaster: composition roots, and the command loop, which uses it by default. */
const MAY_IMPORT_UPCASTER = [
  'command-service/src/{command-service,delivery/delivery-service}.ts',
  'query-service/src/query-service.ts',
  'projections/src/{projections,rebuild/rebuild,reconcile/reconcile-command,verification/verify-command,threads/*.worker}.ts',
  'packages/event-store/src/handle.ts',
  'bench/**/*.ts',
];

/**
 * Specs that send requests to a service, and their helpers. The gateway's specs use fake services without an OpenAPI document.
 */
const HTTP_SPECS = [
  '{auth-service,command-service,projections,query-service}/test/**/*.ts',
  '{auth-service,command-service,projections,query-service}/src/testing/**/*.ts',
  'e2e/*.spec.ts',
  'e2e/testing/client.ts',
];

const NO_SKIPPED_SPECS = [
  {
    selector: 'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/]',
    message: 'Run or delete this spec.',
  },
  { selector: 'CallExpression[callee.name=/^([xf]it|[xf]describe|xtest)$/]', message: 'Run or delete this spec.' },
  {
    selector: 'CallExpression[callee.object.name="jest"][callee.property.name=/^(mock|doMock|unstable_mockModule)$/]',
    message: 'Pass a replacement as an argument instead of mocking the module.',
  },
];
const ONLY_KIT_REQUESTS = [
  {
    selector: 'CallExpression[callee.property.name="inject"], CallExpression[callee.name="fetch"]',
    message: 'Send requests with @rewards/testing/http, which compares each response with the OpenAPI document.',
  },
  {
    selector: 'ImportDeclaration[source.value="supertest"]',
    message: 'Send requests with @rewards/testing/http, which compares each response with the OpenAPI document.',
  },
];
const NO_PARTIAL_MATCHES = [
  {
    selector: 'CallExpression[callee.property.name="toMatchObject"]',
    message: 'Compare whole responses and stored events: toMatchObject hides members that leak.',
  },
];

/** The globals of Node.js, for JavaScript files. TypeScript checks the others. */
const nodeGlobals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));

const WAITING = 'Wait with @rewards/async, which ends waits on their signal and leaks no timers or listeners.';

const TIMERS = ['timers/promises', 'node:timers/promises'].map((name) => ({ name, message: WAITING }));

const UPCASTER = {
  name: '@rewards/contracts',
  importNames: ['upcast'],
  message: 'Take the upcaster as an argument, which a composition root passes.',
};

const NONDETERMINISTIC = 'Pass times, ids and random values to decisions and projections as data.';

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '**/coverage/', 'data/', 'console/src/shared/api/schema.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      // Patterns that reject control characters must contain them.
      'no-control-regex': 'off',
    },
  },
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: { globals: nodeGlobals },
  },
  {
    files: ['**/*.{js,cjs}'],
    languageOptions: { sourceType: 'commonjs', globals: { require: 'readonly', module: 'writable', __dirname: 'readonly' } },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: ['tsconfig.spec.json', 'console/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/await-thenable': 'error',
      // This rule ignores files with decorators: Nest injects by the classes that a constructor's types name.
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // CommonJS modules use require to load a module lazily.
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    ignores: [...SPECS, ...MAY_IMPORT_UPCASTER],
    rules: { 'no-restricted-imports': ['error', { paths: [UPCASTER] }] },
  },
  // A later block replaces the paths of an earlier one, so the blocks for sources repeat them.
  {
    files: SOURCES,
    ignores: ['packages/async/**', ...SPECS],
    rules: { 'no-restricted-imports': ['error', { paths: [...TIMERS, UPCASTER] }] },
  },
  {
    files: MAY_IMPORT_UPCASTER,
    rules: { 'no-restricted-imports': ['error', { paths: TIMERS }] },
  },
  {
    files: SOURCES,
    ignores: ['packages/async/**', ...SPECS],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Promise', property: 'race', message: WAITING },
        { object: 'AbortSignal', property: 'any', message: WAITING },
      ],
    },
  },
  {
    files: ['packages/domain/src/**/*.ts', '**/*.projection.ts'],
    ignores: SPECS,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['process', 'performance', 'crypto', 'setTimeout', 'setInterval', 'setImmediate', 'fetch'].map((name) => ({
          name,
          message: NONDETERMINISTIC,
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: NONDETERMINISTIC },
        { object: 'Math', property: 'random', message: NONDETERMINISTIC },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: NONDETERMINISTIC },
      ],
    },
  },
  {
    // Only the exception filter turns a rejection into a problem, by the table of its service.
    files: ['{auth-service,command-service,gateway,projections,query-service}/src/**/*.ts'],
    ignores: ['**/*.problems.ts', 'gateway/src/{answer-with-problem,policies/authenticate}.ts', ...SPECS],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^@rewards/service-kit(/problem)?$',
              importNames: ['invalid', 'problem', 'Problem'],
              allowTypeImports: true,
              message: 'Throw Rejected. The table in *.problems.ts maps its reason to a problem.',
            },
          ],
        },
      ],
    },
  },
  {
    files: SPECS,
    rules: {
      'no-restricted-syntax': ['error', ...NO_SKIPPED_SPECS],
    },
  },
  {
    files: HTTP_SPECS,
    rules: { 'no-restricted-syntax': ['error', ...NO_SKIPPED_SPECS, ...ONLY_KIT_REQUESTS, ...NO_PARTIAL_MATCHES] },
  },
  // A load test prints what it measured.
  { files: ['bench/**/*.ts'], rules: { 'no-console': 'off' } },
);
