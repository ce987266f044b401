import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SPECS = ['**/*.spec.ts', '**/testing/**/*.ts', '**/test/**/*.ts', 'e2e/**/*.ts'];

/** What runs in production. */
const SOURCES = ['packages/*/src/**/*.ts', '*/src/**/*.ts'];

/** Compositions, and the command loop, whose default it is. */
const NAME_THE_UPCASTER = [
  'command-service/src/command-service.ts',
  'query-service/src/query-service.ts',
  'projections/src/{projections,rebuild/rebuild,verification/verify-command}.ts',
  'packages/event-store/src/handle.ts',
  'bench/**/*.ts',
];

/** Specs that send requests to a service, and what they share. Behind the gateway of its own specs are fakes, which no document describes. */
const HTTP_SPECS = [
  '{auth-service,command-service,projections,query-service}/test/**/*.ts',
  '{auth-service,command-service,projections,query-service}/src/testing/**/*.ts',
  'e2e/*.spec.ts',
  'e2e/testing/client.ts',
];

const EVERY_SPEC_RUNS = [
  {
    selector: 'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/]',
    message: 'Every spec runs, or is deleted.',
  },
  { selector: 'CallExpression[callee.name=/^([xf]it|[xf]describe|xtest)$/]', message: 'Every spec runs, or is deleted.' },
  {
    selector: 'CallExpression[callee.object.name="jest"][callee.property.name=/^(mock|doMock|unstable_mockModule)$/]',
    message: 'Pass in what a spec replaces, instead of mocking its module.',
  },
];
const THROUGH_THE_KIT = [
  {
    selector: 'CallExpression[callee.property.name="inject"], CallExpression[callee.name="fetch"]',
    message: 'Requests go through @rewards/testing/http, which compares each response with the OpenAPI document.',
  },
  {
    selector: 'ImportDeclaration[source.value="supertest"]',
    message: 'Requests go through @rewards/testing/http, which compares each response with the OpenAPI document.',
  },
];
const COMPARED_WHOLE = [
  {
    selector: 'CallExpression[callee.property.name="toMatchObject"]',
    message: 'A response and a stored event are compared whole: toMatchObject hides members that leak.',
  },
];

/** Node's own globals, for the files that are JavaScript; TypeScript checks the others. */
const nodeGlobals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));

const WAITING = 'Wait with @rewards/async: its waits end with their signal and leave neither timer nor listener behind.';

const TIMERS = ['timers/promises', 'node:timers/promises'].map((name) => ({ name, message: WAITING }));

const UPCASTER = {
  name: '@rewards/contracts',
  importNames: ['upcast'],
  message: 'Take the upcaster as an argument: a composition passes it in.',
};

const UNPREDICTABLE = 'Time, ids and chance are given to a decision or a projection as data.';

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '**/coverage/', 'data/', 'e2e/api/schema.ts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-unused-vars': ['error', { ignoreRestSiblings: true }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      // Refusing control characters takes a pattern that holds them.
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
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended],
    languageOptions: { parserOptions: { project: 'tsconfig.spec.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/await-thenable': 'error',
      // Files with decorators are left alone by it: Nest injects by the classes that a constructor's types name.
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // In CommonJS it is how a module is loaded late.
      '@typescript-eslint/no-require-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: [...SPECS, ...NAME_THE_UPCASTER],
    rules: { 'no-restricted-imports': ['error', { paths: [UPCASTER] }] },
  },
  // A later block replaces the paths of an earlier one, so the blocks for sources repeat them.
  {
    files: SOURCES,
    ignores: ['packages/async/**', ...SPECS],
    rules: { 'no-restricted-imports': ['error', { paths: [...TIMERS, UPCASTER] }] },
  },
  {
    files: NAME_THE_UPCASTER,
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
          message: UNPREDICTABLE,
        })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: UNPREDICTABLE },
        { object: 'Math', property: 'random', message: UNPREDICTABLE },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: UNPREDICTABLE },
      ],
    },
  },
  {
    // The one filter maps a rejection by the table of its service.
    files: ['{auth-service,command-service,gateway,projections,query-service}/src/**/*.ts'],
    ignores: ['**/*.problems.ts', 'gateway/src/{refusal,policies/authenticate}.ts', ...SPECS],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^@rewards/service-kit(/problem)?$',
              importNames: ['invalid', 'problem', 'Problem'],
              allowTypeImports: true,
              message: 'Throw Rejected: the table in *.problems.ts says which problem its reason becomes.',
            },
          ],
        },
      ],
    },
  },
  {
    files: SPECS,
    rules: {
      'no-restricted-syntax': ['error', ...EVERY_SPEC_RUNS],
    },
  },
  {
    files: HTTP_SPECS,
    rules: { 'no-restricted-syntax': ['error', ...EVERY_SPEC_RUNS, ...THROUGH_THE_KIT, ...COMPARED_WHOLE] },
  },
  // A load test prints what it measured.
  { files: ['bench/**/*.ts'], rules: { 'no-console': 'off' } },
);
