import { upstreamProblem } from './forward';

const failure = (code: string) => Object.assign(new Error('internal detail'), { code });

describe('a service that gives no answer', () => {
  it.each([
    ['ECONNREFUSED', 'UNAVAILABLE', 503],
    ['ENOTFOUND', 'UNAVAILABLE', 503],
    ['UND_ERR_CONNECT_TIMEOUT', 'UNAVAILABLE', 503],
    ['UND_ERR_HEADERS_TIMEOUT', 'UPSTREAM_TIMEOUT', 504],
    ['UND_ERR_SOCKET', 'BAD_GATEWAY', 502],
    ['ECONNRESET', 'BAD_GATEWAY', 502],
    ['HPE_INVALID_CONSTANT', 'BAD_GATEWAY', 502],
  ])('%s is %s', (code, expected, status) => {
    const refusal = upstreamProblem(failure(code));
    expect(refusal).toMatchObject({ code: expected, status, headers: status === 503 ? { 'retry-after': '1' } : {} });
    expect(JSON.stringify(refusal.body('t'))).not.toContain('internal detail');
  });
});
