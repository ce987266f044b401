import { ROUTES } from '@rewards/contracts';
import { operationOf } from './operations';

it('describes every route, and names each one differently', () => {
  const ids = ROUTES.map((route) => operationOf(route).id);
  expect(new Set(ids).size).toBe(ROUTES.length);
});
