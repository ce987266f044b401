import { ApiProblem, offline } from '../shared/api/problem';
import { RequestIds } from './request-ids';

const problem = (status: number) => new ApiProblem({ code: `HTTP_${status}`, title: 'problem', status });
const potions = (amount: number) => ({ rewardName: 'potion', amount });

/** Sends a request that fails with a problem, or succeeds. @returns the id that it had */
const idOf = async (ids: RequestIds, request: unknown, failure?: ApiProblem): Promise<string> => {
  let sent = '';
  await ids
    .send(request, async (requestId) => {
      sent = requestId;
      if (failure) throw failure;
    })
    .catch(() => undefined);
  return sent;
};

describe('the id of a request', () => {
  it.each([offline(), problem(500), problem(502), problem(503), problem(504)])('stays the same after %s', async (failure) => {
    const ids = new RequestIds();
    const first = await idOf(ids, potions(20), failure);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    await expect(idOf(ids, potions(20))).resolves.toBe(first);
  });

  it.each([['a success', undefined] as const, ['a refusal', problem(409)] as const])(
    'is a new one after %s',
    async (_name, failure) => {
      const ids = new RequestIds();
      const first = await idOf(ids, potions(20), failure);
      await expect(idOf(ids, potions(20))).resolves.not.toBe(first);
    },
  );

  it('belongs to one request', async () => {
    const ids = new RequestIds();
    const first = await idOf(ids, potions(20), offline());
    await expect(idOf(ids, potions(30))).resolves.not.toBe(first);
  });
});
