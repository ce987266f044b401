import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenApiDocument } from '@rewards/service-kit/open-api-schema';
import { ApiContract } from '@rewards/testing/api-contract';
import { Started } from '../testing/started';
import { ROOT, System } from '../testing/system';
import { createAccount, logIn, loginIdOf, playStory } from './typed-story';

const SCHEMA = join(__dirname, '../../console/src/shared/api/schema.ts');
const generator = join(ROOT, 'node_modules/openapi-typescript/bin/cli.js');

const started = new Started();
let system: System;

beforeAll(async () => {
  system = started.add(await System.start());
}, 60_000);
afterAll(() => started.stop());

/** `UPDATE_API_EXAMPLES=1` writes the types. `npm run check` compiles the story with them. */
it('generates the types that the story is compiled with', () => {
  const types = execFileSync(process.execPath, [generator, `${system.url}/api-docs.json`], { encoding: 'utf8' });
  if (process.env['UPDATE_API_EXAMPLES'] === '1') writeFileSync(SCHEMA, types);
  expect(types).toBe(readFileSync(SCHEMA, 'utf8'));
});

it('plays the story with the generated client, and every answer matches the OpenAPI document', async () => {
  const document = (await (await fetch(`${system.url}/api-docs.json`)).json()) as OpenApiDocument;
  const contract = new ApiContract(document);
  const violations: string[] = [];
  const originalFetch = globalThis.fetch;
  const spy = jest.spyOn(globalThis, 'fetch').mockImplementation(async (...[input, init]) => {
    const request = new Request(input, init);
    const { method, url } = request;
    const requestText = await request.clone().text();
    const response = await originalFetch(request);
    const body = await response.clone().text();
    const exchange = {
      method,
      url: url.slice(system.url.length),
      ...(requestText !== '' && { requestBody: JSON.parse(requestText) as unknown }),
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body,
    };
    violations.push(...contract.responseViolations(exchange), ...(response.ok ? contract.requestViolations(exchange) : []));
    return response;
  });
  try {
    const admin = await logIn(system.url, { email: 'admin@example.com', password: await system.adminPassword() });
    const newAccount = () => ({ email: `${randomUUID()}@example.com`, password: 'correct horse battery' });
    const account = newAccount();
    await playStory({
      operator: await createAccount(system.url, admin, newAccount(), ['OPERATOR']),
      auditor: await createAccount(system.url, admin, newAccount(), ['AUDITOR']),
      player: await createAccount(system.url, admin, account, ['USER']),
      logInAgain: () => loginIdOf(system.url, account),
    });
    expect(spy).toHaveBeenCalled();
    expect(violations).toEqual([]);
  } finally {
    spy.mockRestore();
  }
}, 60_000);
