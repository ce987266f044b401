import { GATEWAY_ROUTES, PROBLEM_STATUSES, ROUTES, type ProblemCode } from '@rewards/contracts';
import { codesOf, operationOf } from './operations';

const ALL_ROUTES = [...ROUTES, ...GATEWAY_ROUTES];

it('gives each route a unique id', () => {
  const ids = ALL_ROUTES.map((route) => operationOf(route).id);
  expect(new Set(ids).size).toBe(ALL_ROUTES.length);
});

it('lists every code for at least one route', () => {
  const listed = new Set(ROUTES.flatMap((route) => codesOf(route, true)));
  expect((Object.keys(PROBLEM_STATUSES) as ProblemCode[]).filter((code) => !listed.has(code))).toEqual([]);
});

it('lists no code twice for a route', () => {
  for (const route of ALL_ROUTES) {
    const codes = codesOf(route, true);
    expect([route.path, codes.length]).toEqual([route.path, new Set(codes).size]);
  }
});
