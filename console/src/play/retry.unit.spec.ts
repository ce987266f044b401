import { ApiProblem, offline } from '../shared/api/problem';
import { retrying } from './retry';

const problem = (status: number, retryAfterMs: number | null = null): ApiProblem =>
  new ApiProblem({ code: `HTTP_${status}`, title: 'problem', status }, retryAfterMs);

/** Fails with each problem in turn, and then succeeds. */
const failing = (...problems: ApiProblem[]) => {
  const pauses: number[] = [];
  let sent = 0;
  const send = async (): Promise<string> => {
    const next = problems[sent];
    sent += 1;
    if (next) throw next;
    return 'done';
  };
  const pause = async (ms: number): Promise<void> => {
    pauses.push(ms);
  };
  return { answer: retrying(send, undefined, pause), pauses, sent: () => sent };
};

describe('retrying', () => {
  it('sends the request again without an answer, and when the server asks for it', async () => {
    const { answer, pauses } = failing(offline(), problem(503, 1_000), problem(504));
    await expect(answer).resolves.toBe('done');
    expect(pauses).toHaveLength(3);
    expect(pauses[1]).toBe(1_000);
  });

  it('gives up after four attempts', async () => {
    const { answer, sent } = failing(...Array.from({ length: 9 }, () => offline()));
    await expect(answer).rejects.toThrow('No connection');
    expect(sent()).toBe(4);
  });

  it.each([
    ['a rule that a retry cannot change', problem(409)],
    ['a wait that is too long for a player', problem(429, 60_000)],
  ])('does not retry %s', async (_name, first) => {
    const { answer, sent } = failing(first);
    await expect(answer).rejects.toBe(first);
    expect(sent()).toBe(1);
  });

  it('stops when the page is left', async () => {
    const controller = new AbortController();
    let sent = 0;
    const answer = retrying(
      () => {
        sent += 1;
        return Promise.reject(offline());
      },
      controller.signal,
      async () => controller.abort(),
    );
    await expect(answer).rejects.toThrow('aborted');
    expect(sent).toBe(1);
  });
});
