import { describeTarget, needsToken, resolveTarget } from './target';

describe('what a request is for', () => {
  it.each(['/health', '/health/live', '/health/ready', '/api-docs', '/api-docs.json', '/api-docs/start.js'])(
    'GET %s is a page',
    (path) => {
      const target = resolveTarget('GET', path);
      expect(target).toEqual({ kind: 'page' });
      expect(needsToken(target)).toBe(false);
    },
  );

  it('finds the route of a path with parameters', () => {
    const target = resolveTarget('POST', '/events/e1/claims');
    expect(target).toMatchObject({ kind: 'route', route: { service: 'command' } });
    expect(needsToken(target)).toBe(true);
    expect(describeTarget(target)).toBe('/events/{eventId}/claims');
  });

  it('needs no token where anyone may call', () => {
    expect(needsToken(resolveTarget('POST', '/auth/login'))).toBe(false);
  });

  it('HEAD is for what GET is for', () => {
    for (const path of ['/events', '/health', '/claims/export', '/nothing']) {
      expect(resolveTarget('HEAD', path)).toEqual(resolveTarget('GET', path));
    }
    expect(resolveTarget('HEAD', '/auth/login')).toEqual({ kind: 'wrong-method', allow: ['POST'], isOpen: true });
  });

  it.each(['DELETE', 'OPTIONS', 'PUT', 'get'])('%s on a known path is the wrong method', (method) => {
    const target = resolveTarget(method, '/events');
    expect(target).toEqual({ kind: 'wrong-method', allow: ['POST', 'GET'], isOpen: false });
    expect(needsToken(target)).toBe(true);
    expect(resolveTarget(method, '/auth/login')).toEqual({ kind: 'wrong-method', allow: ['POST'], isOpen: true });
    expect(resolveTarget(method, '/health')).toEqual({ kind: 'wrong-method', allow: ['GET'], isOpen: true });
  });

  it.each(['//', '/metrics', '/healthy', '/health/', '/Events', '/events/', '/api-docs.yaml', '/constructor'])(
    '%s is not listed',
    (path) => {
      const target = resolveTarget('GET', path);
      expect(target).toEqual({ kind: 'unlisted' });
      expect(needsToken(target)).toBe(true);
      expect(describeTarget(target)).toBe('unlisted');
    },
  );
});
