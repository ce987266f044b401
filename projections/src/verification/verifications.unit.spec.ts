import { START, type Position, formatPosition } from '@rewards/contracts';
import { DocumentStoreDamaged, DocumentStoreUnavailable } from '@rewards/document-store';
import { EventStoreDamaged, EventStoreUnavailable } from '@rewards/event-store';
import { createLogger } from '@rewards/service-kit';
import { factsOfParticipation, recorded } from '@rewards/contracts/testing/sample-events';
import { AccountBooks, type AccountFact } from '@rewards/checker/account-books';
import { Findings } from '@rewards/checker';
import type { VerificationReport } from './verification';
import { VerificationController } from './verification.controller';
import { Verifications } from './verifications';

const report = (position: Position): VerificationReport => ({
  ok: true,
  position,
  finishedAt: '2026-11-01T00:00:00.000Z',
  checked: {
    events: 0,
    accounts: 0,
    logins: 0,
    participationFacts: 0,
    deliveries: 0,
    documents: {},
    notCompared: [],
    findings: 0,
    findingsByRule: {},
  },
  findings: [],
});

describe('verifications', () => {
  let now = 0;
  const settled = () => new Promise(setImmediate);
  beforeEach(() => (now = 0));

  it('run one at a time for all clients, and not again within a minute unless a fresh run is requested', async () => {
    const finish: ((position: Position) => void)[] = [];
    const run = jest.fn(() => new Promise<VerificationReport>((resolve) => finish.push((position) => resolve(report(position)))));
    const verifications = new Verifications(run, createLogger('test', 'silent'), () => now);
    for (const fresh of [false, false, true]) {
      expect(verifications.request(fresh)).toEqual({ last: null, running: true, failure: null });
    }
    finish[0]?.(formatPosition(1));
    await settled();
    const first = { last: report(formatPosition(1)), running: false, failure: null };
    expect(verifications.request()).toEqual(first);
    now += 60_000;
    expect(verifications.request()).toEqual(first);
    expect(run).toHaveBeenCalledTimes(1);
    now += 1;
    expect(verifications.request()).toEqual({ ...first, running: true });
    expect(run).toHaveBeenCalledTimes(2);
    finish[1]?.(formatPosition(2));
    await settled();
    expect(verifications.request(true)).toEqual({ last: report(formatPosition(2)), running: true, failure: null });
    expect(run).toHaveBeenCalledTimes(3);
    finish[2]?.(formatPosition(3));
    await verifications.stop();
  });

  it('are not ok while a read model was not compared', async () => {
    const incomplete = { ...report(START), checked: { ...report(START).checked, notCompared: ['claims'] } };
    const run = jest.fn<Promise<VerificationReport>, []>().mockResolvedValueOnce(incomplete).mockResolvedValueOnce(report(START));
    const controller = new VerificationController(new Verifications(run, createLogger('test', 'silent'), () => now));
    expect(controller.get({}).data.ok).toBeNull();
    await settled();
    expect(controller.get({}).data).toMatchObject({ ok: false, checked: { notCompared: ['claims'] } });
    controller.get({ fresh: 'true' });
    await settled();
    expect(controller.get({}).data.ok).toBe(true);
  });

  it.each([
    [new EventStoreUnavailable('127.0.0.1'), 'The event store is unavailable.'],
    [new DocumentStoreUnavailable('/data/views.db'), 'The document store is unavailable.'],
    [
      new EventStoreDamaged('page 7'),
      expect.stringMatching(/^The event store is damaged: .* names the file and the remedy\.$/) as string,
    ],
    [
      new DocumentStoreDamaged('/data/views.db'),
      expect.stringMatching(/^The document store is damaged: .* the remedy\.$/) as string,
    ],
    [new TypeError('x is undefined'), expect.stringContaining('unexpected error') as string],
  ])('report a failed run with the last finished one, and do not repeat it immediately: %s', async (error, message) => {
    const run = jest.fn<Promise<VerificationReport>, []>().mockResolvedValueOnce(report(START)).mockRejectedValueOnce(error);
    const verifications = new Verifications(
      run.mockResolvedValueOnce(report(formatPosition(4))),
      createLogger('test', 'silent'),
      () => now,
    );
    verifications.request();
    await settled();
    verifications.request(true);
    await settled();
    const failed = { last: report(START), running: false, failure: { at: '1970-01-01T00:00:00.000Z', message } };
    for (let time = 0; time < 3; time += 1) expect(verifications.request()).toEqual(failed);
    expect(run).toHaveBeenCalledTimes(2);
    verifications.request(true);
    await settled();
    expect(verifications.request()).toEqual({ last: report(formatPosition(4)), running: false, failure: null });
  });

  it('abort the current run when the service stops', async () => {
    const verifications = new Verifications(
      (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      createLogger('test', 'silent'),
    );
    verifications.request();
    await verifications.stop();
  });
});

it('reports a revision that is missing from a stream', () => {
  const { started, counted } = factsOfParticipation(
    '00000000-0000-4000-8000-000000000001',
    '00000000-0000-4000-8000-00000000000b',
  );
  const findings = new Findings();
  const [first, , third] = recorded([started(), counted(1), counted(2)]).map((fact) => ({ ...fact, storedVersion: 1 }));
  const books = new AccountBooks('00000000-0000-4000-8000-00000000000b', new Map(), findings);
  for (const fact of [first, third]) books.check(fact as AccountFact);
  expect(findings.first[0]).toMatchObject({ rule: 'FACT_MISSING', revision: 2 });
});
