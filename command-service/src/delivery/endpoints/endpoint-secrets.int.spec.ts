import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentStore } from '@rewards/document-store';
import { deliveryEndpoints, type DeliveryEndpoint, type DeliveryEndpoints } from '@rewards/domain';
import { Clock } from '@rewards/service-kit/clock';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { removeData, testSettings } from '@rewards/testing/settings';
import { EndpointSecrets, SecretLost } from './endpoint-secrets';

const NOW = Date.parse('2026-11-20T00:00:00.000Z');
const MINUTE = 60_000;
const UNTIL = '2026-11-21T00:00:00.000Z';

describe('the secrets of endpoints', () => {
  let now: number;
  let logId: string;
  const settings = testSettings();
  let documents: DocumentStore;
  let secrets: EndpointSecrets;
  const open = () => new EndpointSecrets(documents, { logId: async () => logId }, new Clock(() => now));

  beforeEach(() => {
    now = NOW;
    logId = randomUUID();
    documents = openDocumentStore(settings, 'delivery', 'write');
    secrets = open();
  });
  afterEach(() => documents.close());
  afterAll(() => removeData(settings));

  const endpointOf = (endpointId: string, secretId: string | null, previous: string | null = null): DeliveryEndpoint => ({
    endpointId,
    name: 'Mailbox',
    kind: 'WEBHOOK',
    maxPerSecond: 1,
    timeoutMs: 100,
    state: 'ACTIVE',
    since: UNTIL,
    reason: null,
    secretId,
    previousSecret: previous === null ? null : { secretId: previous, until: UNTIL },
    from: null,
  });
  const listOf = (...endpoints: DeliveryEndpoint[]): DeliveryEndpoints =>
    new Map(endpoints.map((endpoint) => [endpoint.endpointId, endpoint]));
  /** Deletes a secret as the loss of the database would. */
  const lose = async (secretId: string): Promise<void> => {
    const collection = await documents.collection({ name: 'secrets', indexes: [] });
    expect(await collection.delete(secretId, (await collection.get(secretId))?.version ?? 0)).toBe(true);
  };

  it('sign a message with the current one, and with the previous one until it expires', async () => {
    const [first, second] = [await secrets.create('a'), await secrets.create('a')];
    const idsAt = async (endpoint: DeliveryEndpoint, time: number) =>
      (await secrets.signing(endpoint, time)).map(({ secretId }) => secretId);
    expect(await idsAt(endpointOf('a', first.secretId), NOW)).toEqual([first.secretId]);
    const rotated = endpointOf('a', second.secretId, first.secretId);
    expect(await idsAt(rotated, Date.parse(UNTIL) - 1)).toEqual([second.secretId, first.secretId]);
    expect(await idsAt(rotated, Date.parse(UNTIL))).toEqual([second.secretId]);
    const [signing] = await secrets.signing(rotated, NOW);
    expect(signing).toEqual({
      secretId: second.secretId,
      secret: second.secret,
      privateKey: expect.stringMatching(/^whsk_[A-Za-z0-9+/]{43}=$/) as string,
    });
  });

  it('are the same for a repeated request', async () => {
    const id = randomUUID();
    const [first, again] = [await secrets.create('a', id), await open().create('a', id)];
    expect(again).toEqual(first);
    expect(await secrets.find(id)).toEqual(first);
  });

  it('are lost with the database, which the endpoint reports by its id', async () => {
    const { secretId } = await secrets.create('a');
    const endpoint = endpointOf('a', secretId);
    expect(await secrets.lost([endpoint, endpointOf('bus', null)])).toEqual([]);
    await lose(secretId);
    const restarted = open();
    await expect(restarted.signing(endpoint, NOW)).rejects.toThrow(SecretLost);
    expect((await restarted.lost([endpoint])).map(({ endpointId }) => endpointId)).toEqual(['a']);
    expect(await restarted.find(secretId)).toBeNull();
  });

  it('sign without the previous one if only that is lost', async () => {
    const [first, second] = [await secrets.create('a'), await secrets.create('a')];
    await lose(first.secretId);
    const signing = await open().signing(endpointOf('a', second.secretId, first.secretId), NOW);
    expect(signing.map(({ secretId }) => secretId)).toEqual([second.secretId]);
  });

  describe('are deleted', () => {
    const existing = async (ids: readonly string[]) =>
      (await Promise.all(ids.map((id) => open().find(id)))).map((found) => found !== null);

    it('once no endpoint names them, or they no longer sign, and are then in no file', async () => {
      const made = [];
      for (let count = 0; count < 4; count += 1) made.push(await secrets.create('a'));
      const [current, previous, expired, unnamed] = made as [
        (typeof made)[0],
        (typeof made)[0],
        (typeof made)[0],
        (typeof made)[0],
      ];
      now += MINUTE + 1;
      const beforeExpiry = listOf(endpointOf('a', current.secretId, previous.secretId));
      await secrets.cleanUp(async () => beforeExpiry);
      expect(await existing(made.map(({ secretId }) => secretId))).toEqual([true, true, false, false]);
      now = Date.parse(UNTIL);
      await secrets.cleanUp(async () => beforeExpiry);
      expect(await existing(made.map(({ secretId }) => secretId))).toEqual([true, false, false, false]);
      const files = ['delivery.db', 'delivery.db-wal'].map((name) => readFileSync(join(settings.dataDir, name), 'latin1')).join();
      expect(files).toContain(current.secret);
      for (const { secret } of [previous, expired, unnamed]) expect(files).not.toContain(secret);
    });

    it('only after a minute without a request that is about to name them', async () => {
      const { secretId } = await secrets.create('a');
      now += MINUTE;
      await secrets.create('a', secretId);
      now += MINUTE - 1;
      await secrets.cleanUp(async () => deliveryEndpoints.initial);
      expect(await existing([secretId])).toEqual([true]);
      now += 1;
      await secrets.cleanUp(async () => deliveryEndpoints.initial);
      expect(await existing([secretId])).toEqual([false]);
    });

    it('only if they belong to this log', async () => {
      const { secretId } = await secrets.create('a');
      now += MINUTE + 1;
      logId = randomUUID();
      await secrets.cleanUp(async () => deliveryEndpoints.initial);
      expect(await existing([secretId])).toEqual([true]);
      // A log that names it, such as the same one after a move, is its log from then on.
      await secrets.cleanUp(async () => listOf(endpointOf('a', secretId)));
      await secrets.cleanUp(async () => deliveryEndpoints.initial);
      expect(await existing([secretId])).toEqual([false]);
    });
  });
});
