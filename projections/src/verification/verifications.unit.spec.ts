import { START, type ParticipationEvent, type RecordedEvent, type RecordedOf } from '@rewards/contracts';
import { createLogger } from '@rewards/service-kit';
import { factsOfParticipation, recorded } from '../testing/facts';
import { AccountBooks } from './account-books';
import { Findings } from './findings';
import type { VerificationReport } from './verification';
import { Verifications } from './verifications';

const report = (position: string): VerificationReport => ({
  ok: true,
  position,
  finishedAt: '2026-11-01T00:00:00.000Z',
  checked: {
    events: 0,
    accounts: 0,
    logins: 0,
    participationFacts: 0,
    documents: {},
    notCompared: [],
    findings: 0,
    findingsByRule: {},
  },
  findings: [],
});

describe('verifications', () => {
  it('run one at a time, shared by all who ask, and tell the last finished one', async () => {
    const finish: ((position: string) => void)[] = [];
    const run = jest.fn(() => new Promise<VerificationReport>((resolve) => finish.push((position) => resolve(report(position)))));
    const verifications = new Verifications(run, createLogger('test', 'silent'));
    for (let time = 0; time < 3; time += 1) expect(verifications.ask()).toEqual({ last: null, running: true });
    expect(run).toHaveBeenCalledTimes(1);

    finish[0]?.('first');
    await new Promise(setImmediate);
    expect(verifications.ask()).toEqual({ last: report('first'), running: true });
    expect(run).toHaveBeenCalledTimes(2);
    finish[1]?.('second');
    await verifications.stop();
  });

  it('keep the last finished one when a run cannot finish', async () => {
    const outcomes = [Promise.resolve(report(START)), Promise.reject(new Error('away')), Promise.resolve(report(START))];
    outcomes[1]?.catch(() => undefined);
    const verifications = new Verifications(
      () => outcomes.shift() ?? Promise.reject(new Error('end')),
      createLogger('test', 'silent'),
    );
    for (let time = 0; time < 3; time += 1) {
      verifications.ask();
      await new Promise(setImmediate);
    }
    expect(verifications.ask().last).toEqual(report(START));
    await verifications.stop();
  });

  it('end with the service', async () => {
    const verifications = new Verifications(
      (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      createLogger('test', 'silent'),
    );
    verifications.ask();
    await verifications.stop();
  });
});

it('finds a revision that is missing from a stream', () => {
  const { started, counted } = factsOfParticipation(
    '00000000-0000-4000-8000-000000000001',
    '00000000-0000-4000-8000-00000000000b',
  );
  const findings = new Findings();
  const [first, , third] = recorded([started(), counted(1), counted(2)]) as RecordedOf<ParticipationEvent>[];
  new AccountBooks('00000000-0000-4000-8000-00000000000b', new Map(), findings).check([first, third] as RecordedEvent[]);
  expect(findings.first[0]).toMatchObject({ rule: 'FACT_MISSING', revision: 2 });
});
