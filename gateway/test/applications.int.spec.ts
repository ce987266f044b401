import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { problemBody } from '@rewards/testing/http';
import { until } from '@rewards/testing/until';
import { startWorld, type World } from './harness';

const folder = mkdtempSync(join(tmpdir(), 'applications-'));
const write = (path: string, content: string | Buffer): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};
const page = (name: string): string =>
  `<!doctype html><title>${name}</title><meta property="csp-nonce" nonce="__CSP_NONCE__"><script nonce="__CSP_NONCE__" src="/${name}/assets/main-1a2b.js"></script>`;
const SCRIPT = `console.log(${JSON.stringify('x'.repeat(200_000))})`;

for (const name of ['console', 'play']) {
  write(`${name}/index.html`, page(name));
  write(`${name}/assets/main-1a2b.js`, SCRIPT);
  write(`${name}/assets/main-1a2b.js.br`, brotliCompressSync(SCRIPT));
  write(`${name}/assets/main-1a2b.js.gz`, gzipSync(SCRIPT));
}
write('console/assets/main-3c4d.css', 'body{}');
write('console/assets/icon-5e6f.svg', '<svg/>');
write('console/assets/icon-5e6f.png', 'png');
write('console/assets/font-7a8b.woff2', 'woff2');
write('console/assets/data-9c0d.json', '{}');
write('console/assets/deep/chunk.mjs', 'export {}');
write('console/manifest.webmanifest', '{}');
write('secret.txt', 'secret');
symlinkSync(join(folder, 'secret.txt'), join(folder, 'console/assets/link.txt'));

let world: World;
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Sends a request with an unchanged path, and without the headers and decompression of `fetch`. */
const call = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port: world.gateway.port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
  });

const problemOf = ({ body }: Answer): unknown => JSON.parse(body.toString());

afterAll(() => rmSync(folder, { recursive: true }));

describe('the web applications', () => {
  beforeAll(async () => {
    world = await startWorld({ applications: folder });
  });
  afterAll(() => world.stop());

  it.each([
    ['/console', 'console'],
    ['/console/', 'console'],
    ['/console/index.html', 'console'],
    ['/console/events/x', 'console'],
    ['/console/events/x?tab=claims&q=%EA%B7%B9', 'console'],
    ['/console/players/%EA%B7%B9', 'console'],
    ['/console/sessions', 'console'],
    ['/console/favicon.ico', 'console'],
    ['/console/assets', 'console'],
    ['/play', 'play'],
    ['/play/', 'play'],
    ['/play/calendar', 'play'],
  ])('answer %s with the page of %s, without a token', async (path, name) => {
    const { status, headers, body } = await call(path);
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, 'text/html; charset=utf-8', 'no-cache']);
    const [, nonce = ''] = /'nonce-([A-Za-z0-9_-]{22})'/.exec(String(headers['content-security-policy'])) ?? [];
    expect(body.toString()).toBe(page(name).replaceAll('__CSP_NONCE__', nonce));
    expect(headers).not.toHaveProperty('etag');
    expect(Number(headers['content-length'])).toBe(body.byteLength);
    expect(world.received()).toEqual([]);
  });

  it('have a strict Content-Security-Policy with a new nonce in each response, and the headers of every response', async () => {
    const [first, second] = [await call('/console/'), await call('/console/')];
    const policyOf = ({ headers }: Answer) => String(headers['content-security-policy']);
    const nonceOf = (answer: Answer) => /'nonce-([^']*)'/.exec(policyOf(answer))?.[1];
    expect(nonceOf(first)).not.toBe(nonceOf(second));
    expect(policyOf(first).split(';').sort()).toEqual(
      [
        "default-src 'none'",
        "script-src 'self'",
        `style-src 'self' 'nonce-${nonceOf(first)}'`,
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].sort(),
    );
    expect(first.headers).toMatchObject({
      'strict-transport-security': expect.stringContaining('max-age='),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'x-request-id': expect.any(String),
    });
  });

  it.each([
    ['/console/assets/main-1a2b.js', 'text/javascript; charset=utf-8'],
    ['/play/assets/main-1a2b.js', 'text/javascript; charset=utf-8'],
    ['/console/assets/deep/chunk.mjs', 'text/javascript; charset=utf-8'],
    ['/console/assets/main-3c4d.css', 'text/css; charset=utf-8'],
    ['/console/assets/icon-5e6f.svg', 'image/svg+xml; charset=utf-8'],
    ['/console/assets/icon-5e6f.png', 'image/png'],
    ['/console/assets/font-7a8b.woff2', 'font/woff2'],
    ['/console/assets/data-9c0d.json', 'application/json; charset=utf-8'],
  ])('serve %s as %s, to be cached for ever', async (path, type) => {
    const { status, headers, body } = await call(path);
    expect([status, headers['content-type']]).toEqual([200, type]);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect([headers.vary, headers['content-encoding']]).toEqual(['Accept-Encoding', undefined]);
    expect(body.byteLength).toBe(Number(headers['content-length']));
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it('serve a file without a hash in its name with revalidation', async () => {
    const { status, headers } = await call('/console/manifest.webmanifest');
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'application/manifest+json; charset=utf-8',
      'no-cache',
    ]);
  });

  it.each([
    ['gzip, deflate, br', 'br'],
    ['BR;q=0.1, gzip', 'br'],
    ['gzip', 'gzip'],
    ['gzip;q=0.5, br;q=0', 'gzip'],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['br;q=0, gzip; q=0', undefined],
    ['identity', undefined],
    ['brotli', undefined],
    ['', undefined],
  ])('serve compressed files to clients with Accept-Encoding %j', async (accepted, coding) => {
    const { headers, body } = await call('/console/assets/main-1a2b.js', { 'accept-encoding': accepted });
    expect([headers['content-encoding'], headers.vary]).toEqual([coding, 'Accept-Encoding']);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    const text = coding === 'br' ? brotliDecompressSync(body) : coding === 'gzip' ? gunzipSync(body) : body;
    expect(text.toString()).toBe(SCRIPT);
  });

  it('answer HEAD like GET, without the body', async () => {
    for (const path of ['/console/assets/main-1a2b.js', '/console/events/x', '/play', '/console/assets/missing.js']) {
      const [got, head] = [await call(path), await call(path, {}, 'HEAD')];
      expect([path, head.status, head.body.byteLength]).toEqual([path, got.status, 0]);
      for (const name of ['content-type', 'content-length', 'cache-control', 'vary'])
        expect([path, name, head.headers[name]]).toEqual([path, name, got.headers[name]]);
    }
  });

  it.each([
    '/console/assets/missing.js',
    '/console/assets/',
    '/console/assets/main-1a2b.js.br',
    '/console/assets/main-1a2b.js/',
    '/console/assets/link.txt',
    '/console/assets/constructor',
    '/play/assets/main-3c4d.css',
  ])('answer 404 to %s, never the page', async (path) => {
    const answer = await call(path);
    expect([answer.status, problemOf(answer)]).toEqual([404, problemBody(404, 'NOT_FOUND')]);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it.each([
    '/console/../secret.txt',
    '/console/assets/..%2f..%2f..%2fsecret.txt',
    '/console//secret.txt',
    '/console/%2e%2e/secret.txt',
  ])('reject %s', async (path) => expect((await call(path)).status).toBe(400));

  it.each(['/console', '/console/events/x', '/console/assets/main-1a2b.js', '/play/x'])('answer 405 to POST %s', async (path) => {
    const answer = await call(path, {}, 'POST');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET']);
  });

  it.each(['/consoles', '/Console', '/playground'])('do not serve %s', async (path) => {
    expect((await call(path)).status).toBe(401);
  });

  it('are linked first from the start page, in English and Korean', async () => {
    const html = (await call('/')).body.toString();
    const links = [...html.matchAll(/<a href="([^"]+)"/g)].map(([, path]) => path);
    expect(links.slice(0, 4)).toEqual(['/console', '/play', '/rules', '/rules/ko']);
    expect(html).toContain('운영 콘솔');
    for (const path of links) expect([path, (await call(path ?? '')).status]).toEqual([path, 200]);
  });
});

describe('an application that is not built', () => {
  beforeAll(async () => {
    renameSync(join(folder, 'console'), join(folder, 'elsewhere'));
    world = await startWorld({ applications: folder });
  });
  afterAll(() => world.stop());

  it('answers 503 with how to build it, while everything else works', async () => {
    for (const path of ['/console', '/console/', '/console/events/x', '/console/assets/main-1a2b.js']) {
      const answer = await call(path);
      expect([path, answer.status, problemOf(answer)]).toEqual([path, 503, problemBody(503, 'UNAVAILABLE')]);
      expect((problemOf(answer) as { detail: string }).detail).toContain('node console/build.mjs');
      expect(answer.headers['retry-after']).toBe('1');
    }
    expect((await call('/play')).status).toBe(200);
    expect((await call('/')).status).toBe(200);
    expect((await call('/health')).status).toBe(200);
    expect(world.log).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('/console is not built') }),
    );
  });

  it('is served without a restart once it is built', async () => {
    renameSync(join(folder, 'elsewhere'), join(folder, 'console'));
    await until('the application', async () => (await call('/console')).status === 200);
  });
});
