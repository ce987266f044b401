import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SPECS = ['**/*.spec.ts', '**/testing/**/*.ts', '**/test/**/*.ts', 'e2e/**/*.ts'];

/** Node's own globals, for the files that are JavaScript; TypeScript checks the others. */
const nodeGlobals = Object.fromEntries(Object.getOwnPropertyNames(globalThis).map((name) => [name, 'readonly']));

const WAITING = 'Wait with @rewards/async: its waits end with their signal and leave neither timer nor listener behind.';

const UNPREDICTABLE = 'Time, ids and chance are given to a decision or a projection as data.';

export default defineConfig(
  { ignores: ['**/dist/', '**/node_modules/', '**/coverage/', 'data/'] },
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
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts', '*/src/**/*.ts'],
    ignores: ['packages/async/**', ...SPECS],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: ['timers/promises', 'node:timers/promises'].map((name) => ({ name, message: WAITING })) },
      ],
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
    files: SPECS,
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/]',
          message: 'Every spec runs, or is deleted.',
        },
        { selector: 'CallExpression[callee.name=/^([xf]it|[xf]describe|xtest)$/]', message: 'Every spec runs, or is deleted.' },
      ],
    },
  },
  // A load test prints what it measured.
  { files: ['bench/**/*.ts'], rules: { 'no-console': 'off' } },
);
