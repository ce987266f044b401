/** Files that each violate one lint rule. Those with `rule: null` violate none, but resemble a violation. */
export const LINT_VIOLATIONS = [
  {
    rule: '@typescript-eslint/no-floating-promises',
    path: 'query-service/src/floating.ts',
    text: 'const save = async (): Promise<void> => {};\n\nexport const close = (): void => {\n  save();\n};\n',
  },
  {
    rule: '@typescript-eslint/no-misused-promises',
    path: 'query-service/src/misused.ts',
    text: "const isOpen = async (): Promise<boolean> => true;\n\nexport const state = (): string => (isOpen() ? 'open' : 'closed');\n",
  },
  {
    rule: '@typescript-eslint/await-thenable',
    path: 'query-service/src/thenable.ts',
    text: 'export const wait = async (): Promise<number> => await 1;\n',
  },
  {
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    path: 'query-service/src/exhaustive.ts',
    text: "export const act = (type: 'a' | 'b', run: () => void): void => {\n  switch (type) {\n    case 'a':\n      run();\n  }\n};\n",
  },
  {
    rule: '@typescript-eslint/consistent-type-imports',
    path: 'query-service/src/type-import.ts',
    text: "import { Server } from 'node:http';\n\nexport const portOf = (server: Server): unknown => server.address();\n",
  },
  {
    rule: '@typescript-eslint/no-explicit-any',
    path: 'query-service/src/any.ts',
    text: 'export const anything = (value: any): unknown => value;\n',
  },
  {
    rule: 'no-console',
    path: 'query-service/src/console.ts',
    text: "console.log('here');\n",
  },
  {
    rule: 'no-restricted-imports',
    path: 'query-service/src/sleep.ts',
    text: "import { setTimeout as delay } from 'node:timers/promises';\n\nexport const pause = (): Promise<void> => delay(10);\n",
  },
  {
    rule: 'no-restricted-properties',
    path: 'packages/event-store/src/race.ts',
    text: 'export const first = (some: Promise<void>[]): Promise<void> => Promise.race(some);\n',
  },
  {
    rule: 'no-restricted-properties',
    path: 'packages/domain/src/clock.ts',
    text: 'export const now = (): number => Date.now();\n',
  },
  {
    rule: 'no-restricted-syntax',
    path: 'projections/src/claims/clock.projection.ts',
    text: 'export const now = (): Date => new Date();\n',
  },
  {
    rule: 'no-restricted-globals',
    path: 'packages/domain/src/environment.ts',
    text: 'export const zone = (): string | undefined => process.env.TZ;\n',
  },
  {
    rule: 'no-restricted-syntax',
    path: 'query-service/src/only.unit.spec.ts',
    text: "it.only('runs alone', () => undefined);\n",
  },
  {
    rule: 'no-restricted-syntax',
    path: 'query-service/src/skipped.unit.spec.ts',
    text: "xdescribe('is left out', () => undefined);\n",
  },
  ...['@rewards/service-kit', '@rewards/service-kit/problem'].map((kit, n) => ({
    rule: '@typescript-eslint/no-restricted-imports',
    path: `query-service/src/thrown-${n}.queries.ts`,
    text: `import { problem } from '${kit}';\n\nexport const fail = (): never => {\n  throw problem('NOT_FOUND');\n};\n`,
  })),
  {
    rule: null,
    path: 'query-service/src/other.problems.ts',
    text: "import { Problem } from '@rewards/service-kit';\n\nexport const isProblem = (error: unknown): boolean => error instanceof Problem;\n",
  },
  {
    rule: 'no-restricted-syntax',
    path: 'query-service/src/mocked.unit.spec.ts',
    text: "jest.mock('@rewards/contracts');\n",
  },
  {
    rule: 'no-restricted-imports',
    path: 'query-service/src/upcasting.ts',
    text: "import { upcast } from '@rewards/contracts';\n\nexport const convert = upcast;\n",
  },
  {
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    path: 'query-service/src/defaulted.ts',
    text: "export const act = (type: 'a' | 'b'): number => {\n  switch (type) {\n    case 'a':\n      return 1;\n    default:\n      return 2;\n  }\n};\n",
  },
  {
    rule: 'no-restricted-syntax',
    path: 'query-service/test/injected.int.spec.ts',
    text: "it('asks', async () => expect(await service.app.inject('/events')).toBeDefined());\n",
  },
  {
    rule: 'no-restricted-syntax',
    path: 'command-service/test/fetched.int.spec.ts',
    text: "it('asks', async () => expect(await fetch('http://127.0.0.1/events')).toBeDefined());\n",
  },
  {
    rule: 'no-restricted-syntax',
    path: 'projections/test/supertest.int.spec.ts',
    text: "import request from 'supertest';\n\nit('asks', () => request('http://127.0.0.1').get('/projections'));\n",
  },
  {
    rule: 'no-restricted-syntax',
    path: 'auth-service/test/matched.int.spec.ts',
    text: "it('answers', () => expect({ status: 200 }).toMatchObject({ status: 200 }));\n",
  },
  {
    rule: null,
    path: 'auth-service/test/kit.int.spec.ts',
    text: "import { send } from '@rewards/testing/http';\n\nit('answers', async () => expect(await send(app, { path: '/' })).toEqual(1));\n",
  },
  {
    rule: null,
    path: 'query-service/src/injected.controller.ts',
    text: [
      "import { Controller } from '@nestjs/common';",
      "import { QueryBus } from '@nestjs/cqrs';",
      '',
      '@Controller()',
      'export class InjectedController {',
      '  constructor(readonly queries: QueryBus) {}',
      '}',
      '',
    ].join('\n'),
  },
  {
    rule: null,
    path: 'packages/domain/src/given-time.ts',
    text: 'export const dayOf = (at: string): string => new Date(at).toISOString().slice(0, 10);\n',
  },
];

export const TYPE_VIOLATIONS = {
  'packages/contracts/src/break.ts': "export const amount: number = 'one hundred';\n",
  'packages/contracts/src/break.unit.spec.ts': "it('compares', () => expect(1).toBee(1));\n",
};

export const FORMAT_VIOLATION = { path: 'packages/contracts/src/break.ts', text: 'export const amount = "one hundred"\n' };
