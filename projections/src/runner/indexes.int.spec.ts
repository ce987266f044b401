import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOGINS_BY_MESSAGE } from '@rewards/contracts';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import { findSql } from '@rewards/document-store/adapters/embedded-sql';
import { openDatabase } from '@rewards/sqlite';
import { PROJECTIONS } from '../read-models';

/** The order and the filter of each list, and the index that serves them. */
const LISTS: readonly (readonly [readModel: string, order: string, filter: readonly string[], index: readonly string[]])[] = [
  ['claims', 'order', [], ['order']],
  ['claims', 'order', ['eventId'], ['eventId', 'order']],
  ['claims', 'order', ['accountId'], ['accountId', 'order']],
  ['claims', 'order', ['rewardName'], ['rewardName', 'order']],
  ['claims', 'order', ['status'], ['status', 'order']],
  ['claims', 'order', ['reason'], ['reason', 'order']],
  ['claims', 'order', ['eventId', 'status'], ['eventId', 'status', 'order']],
  ['claims', 'order', ['eventId', 'cycle'], ['cycle', 'eventId', 'order']],
  ['claims', 'order', ['eventId', 'milestone'], ['milestone', 'eventId', 'order']],
  ['claims', 'order', ['eventId', 'cycle', 'accountId'], ['accountId', 'eventId', 'order']],
  ['claims', 'order', ['eventId', 'milestone', 'accountId'], ['accountId', 'eventId', 'order']],
  ['claims', 'order', ['eventId', 'accountId', 'status'], ['accountId', 'eventId', 'order']],
  ['claims', 'order', ['eventId', 'accountId'], ['accountId', 'eventId', 'order']],
  ['claims', 'order', ['accountId', 'status'], ['accountId', 'order']],
  ['claims', 'order', ['rewardName', 'status'], ['rewardName', 'order']],
  ['claims', 'order', ['status', 'reason'], ['reason', 'order']],
  ['claims', 'order', ['accountId', 'reason'], ['accountId', 'order']],
  ['claims', 'order', ['accountId', 'rewardName'], ['accountId', 'order']],
  ['claims', 'order', ['accountId', 'cycle'], ['accountId', 'order']],
  ['claims', 'order', ['accountId', 'milestone'], ['accountId', 'order']],
  ['claims', 'order', ['requestId'], ['requestId', 'order']],
  ['claims', 'order', ['requestId', 'reason'], ['requestId', 'order']],
  ['claims', 'order', ['requestId', 'eventId'], ['requestId', 'order']],
  ['claims', 'claimId', ['claimId'], ['claimId']],
  ['audit', 'order', [], ['order']],
  ['audit', 'order', ['type'], ['type', 'order']],
  ['audit', 'order', ['accountId'], ['accountId', 'order']],
  ['audit', 'order', ['eventId'], ['eventId', 'order']],
  ['audit', 'order', ['actorId'], ['actorId', 'order']],
  ['audit', 'order', ['eventId', 'type'], ['eventId', 'type', 'order']],
  ['audit', 'order', ['accountId', 'type'], ['accountId', 'order']],
  ['audit', 'order', ['eventId', 'actorId'], ['actorId', 'order']],
  ['audit', 'order', ['traceId'], ['traceId', 'order']],
  ['audit', 'order', ['traceId', 'type'], ['traceId', 'order']],
  ['participations', 'startedPosition', ['accountId'], ['accountId', 'startedPosition']],
  ['participations', 'startedPosition', ['eventId'], ['eventId', 'startedPosition']],
  ['participations', 'startedPosition', ['eventId', 'status'], ['eventId', 'status', 'startedPosition']],
  ['participations', 'startedPosition', ['eventId', 'cycle'], ['cycle', 'eventId', 'startedPosition']],
  ['participations', 'startedPosition', ['eventId', 'cycle', 'status'], ['cycle', 'eventId', 'status', 'startedPosition']],
  ['participations', 'startedPosition', ['eventId', 'accountId'], ['accountId', 'startedPosition']],
  ['events', 'createdPosition', [], ['createdPosition']],
  ['events', 'startsAt', [], ['startsAt']],
  ['events', 'endsAt', [], ['endsAt']],
  ['deadLetters', 'position', [], ['position']],
  ['deadLetters', 'position', ['topic'], ['topic', 'position']],
  ['deadLetters', 'position', ['status'], ['status', 'position']],
  ['deadLetters', 'position', ['fingerprint'], ['fingerprint', 'position']],
  ['deadLetters', 'position', ['status', 'fingerprint'], ['status', 'fingerprint', 'position']],
  ['deadLetters', 'fingerprint', ['status'], ['status', 'fingerprint']],
  ['deliveries', 'order', [], ['order']],
  ['deliveries', 'order', ['status'], ['status', 'order']],
  ['deliveries', 'order', ['endpointId'], ['endpointId', 'order']],
  ['deliveries', 'order', ['endpointId', 'status'], ['endpointId', 'status', 'order']],
  ['deliveries', 'order', ['eventId'], ['eventId', 'order']],
  ['deliveries', 'order', ['eventId', 'status'], ['eventId', 'order']],
  ['deliveries', 'order', ['accountId'], ['accountId', 'order']],
  ['deliveries', 'order', ['accountId', 'status'], ['accountId', 'order']],
  ['deliveries', 'order', ['accountId', 'endpointId'], ['accountId', 'order']],
  ['deliveries', 'deliveredAt', ['endpointId'], ['endpointId', 'deliveredAt']],
  ['claims', 'order', ['cycle'], ['cycle', 'order']],
  ['claims', 'order', ['milestone'], ['milestone', 'order']],
];

describe.each([
  ['declared', <T>(indexes: readonly T[]) => indexes],
  ['reversed', <T>(indexes: readonly T[]) => [...indexes].reverse()],
])('a list query, with its indexes %s, reads one index in its order', (_, ordered) => {
  let directory: string;
  let explain: (readModel: string, order: string, filter: readonly string[]) => string;
  let planOf: (text: string, values: readonly unknown[]) => string;
  const toClose: (() => unknown)[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'indexes-'));
    const file = join(directory, 'views.db');
    const views = openEmbeddedDocumentStore({ file });
    for (const { name, indexes } of PROJECTIONS)
      await views.collection<object>({ name, indexes: ordered(indexes) as readonly never[] });
    const database = openDatabase({ file, queryOnly: true });
    toClose.push(
      () => views.close(),
      () => database.close(),
    );
    explain = (name, order, filter) => {
      const where = Object.fromEntries(filter.map((field) => [field, 'x'])) as object;
      const { text, values } = findSql<Record<string, string>>(
        { name, indexes: [] },
        { where: { ...where, [order]: { lt: 'y' } }, orderBy: { field: order, direction: 'descending' }, limit: 21 },
      );
      return planOf(text, values);
    };
    planOf = (text, values) => {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all([...values]) as { readonly detail: string }[];
      return plan.map(({ detail }) => detail).join('; ');
    };
  });

  afterAll(async () => {
    for (const close of toClose) await close();
    rmSync(directory, { recursive: true });
  });

  it('audit by the loginId of a login', () => {
    const accountId = { notIn: [null] };
    const { text, values } = findSql<Record<string, string | null>>(
      { name: 'audit', indexes: [LOGINS_BY_MESSAGE] },
      {
        where: { type: 'LoggedIn', causationId: 'x', accountId },
        orderBy: { field: 'order', direction: 'descending' },
        limit: 100,
      },
    );
    expect(planOf(text, values)).toContain('SEARCH audit USING INDEX audit (causationId, order)');
  });

  it('deliveries by the claimIds of a page', () => {
    const { text, values } = findSql<Record<string, string>>(
      { name: 'deliveries', indexes: [] },
      { where: { claimId: { in: ['x', 'y'] }, kind: 'CLAIM' }, limit: 2 },
    );
    expect(planOf(text, values)).toContain('SEARCH deliveries USING INDEX deliveries (claimId)');
  });

  it.each(LISTS)('%s by %s with %j', (readModel, order, filter, index) => {
    const plan = explain(readModel, order, filter);
    expect(plan).toContain(`SEARCH ${readModel} USING INDEX ${readModel} (${index.join(', ')})`);
    expect(plan).not.toContain('TEMP B-TREE');
  });
});
