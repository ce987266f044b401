import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { SERVICES } from '@rewards/contracts';
import { freePorts } from '@rewards/testing/free-ports';
import { until } from '@rewards/testing/until';
import { answerJson, startServices } from './harness';

it('finishes a request in flight although a terminal and npm start both deliver its signal', async () => {
  const { services, urls } = await startServices();
  const [port = 0] = await freePorts(1);
  const runner = require.resolve('../../packages/testing/src/run-typescript.cjs');
  const child = fork(runner, [join(__dirname, '../src/main.ts')], {
    silent: true,
    env: {
      PATH: process.env['PATH'],
      GATEWAY_PORT: String(port),
      GATEWAY_METRICS_PORT: '0',
      ...Object.fromEntries(SERVICES.map((service) => [`${service.toUpperCase()}_URL`, urls[service]])),
    },
  });
  try {
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const ended = once(child, 'close');
    await until('the gateway to be ready', () => printed.includes('"msg":"ready"'));

    let pending: ServerResponse | null = null;
    services.auth.handler = (request, response) => {
      // The gateway also asks for keys and erased accounts.
      if (request.url === '/auth/login') pending = response;
      else answerJson(response, 404, {});
    };
    const answer = fetch(`http://127.0.0.1:${port}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'player@example.com', password: 'correct horse' }),
    });
    await until('the request to reach the service', () => pending !== null);
    // Two different signals: the kernel would deliver two equal ones at once as one. Both wait for the gateway, so however slow the
    // machine is, it handles them together.
    child.kill('SIGINT');
    child.kill('SIGTERM');
    // Answer only after the gateway has handled both. It then rejects new requests.
    await until(
      'the gateway to close its port',
      async () => (await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => null))?.status !== 200,
    );
    answerJson(pending as unknown as ServerResponse, 200, { data: 'in time' });
    expect(await (await answer).json()).toEqual({ data: 'in time' });
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
    await Promise.all(SERVICES.map((service) => services[service].stop()));
  }
}, 40_000);
