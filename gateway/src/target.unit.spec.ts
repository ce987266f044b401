import { describeTarget, needsToken, resolveTarget } from './target';

describe('resolveTarget', () => {
  it.each(['/health', '/health/live', '/health/ready', '/api-docs', '/api-docs.json', '/api-docs/start.js'])(
    'resolves GET %s to a page',
    (path) => {
      const target = resolveTarget('GET', path);
      expect(target).toEqual({ kind: 'page' });
      expect(needsToken(target)).toBe(false);
    },
  );

  it.each(['/console', '/console/', '/console/events/x', '/play/assets/x.js', '/console/sessions'])(
    'resolves GET %s to a page',
    (path) => expect(resolveTarget('GET', path)).toEqual({ kind: 'page' }),
  );

  it('resolves the session of an application before its pages', () => {
    const target = resolveTarget('POST', '/console/session/refresh');
    expect(target).toMatchObject({ kind: 'session', route: { application: 'console', upstream: '/auth/refresh' } });
    expect([needsToken(target), describeTarget(target)]).toEqual([false, '/console/session/refresh']);
    expect(resolveTarget('GET', '/console/session')).toEqual({ kind: 'wrong-method', allow: ['POST'], isOpen: true });
  });

  it('resolves a path with parameters to its route', () => {
    const target = resolveTarget('POST', '/events/e1/claims');
    expect(target).toMatchObject({ kind: 'route', route: { service: 'command' } });
    expect(needsToken(target)).toBe(true);
    expect(describeTarget(target)).toBe('/events/{eventId}/claims');
  });

  it('resolves a public route to a target that needs no token', () => {
    expect(needsToken(resolveTarget('POST', '/auth/login'))).toBe(false);
  });

  it('resolves HEAD to the same target as GET', () => {
    for (const path of ['/events', '/health', '/claims/export', '/nothing']) {
      expect(resolveTarget('HEAD', path)).toEqual(resolveTarget('GET', path));
    }
    expect(resolveTarget('HEAD', '/auth/login')).toEqual({ kind: 'wrong-method', allow: ['POST'], isOpen: true });
  });

  it.each(['DELETE', 'OPTIONS', 'PUT', 'get'])('resolves %s on a known path to a wrong method', (method) => {
    const target = resolveTarget(method, '/events');
    expect(target).toEqual({ kind: 'wrong-method', allow: ['POST', 'GET'], isOpen: false });
    expect(needsToken(target)).toBe(true);
    expect(resolveTarget(method, '/auth/login')).toEqual({ kind: 'wrong-method', allow: ['POST'], isOpen: true });
    expect(resolveTarget(method, '/health')).toEqual({ kind: 'wrong-method', allow: ['GET'], isOpen: true });
  });

  it.each(['//', '/metrics', '/healthy', '/health/', '/Events', '/events/', '/api-docs.yaml', '/constructor'])(
    'resolves %s to an unlisted target',
    (path) => {
      const target = resolveTarget('GET', path);
      expect(target).toEqual({ kind: 'unlisted' });
      expect(needsToken(target)).toBe(true);
      expect(describeTarget(target)).toBe('unlisted');
    },
  );
});
