import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { AT, factsOfDeliveryEndpoint } from '@rewards/checker/testing/delivery-facts';
import { PREFIXES, START, upcast, type Reward } from '@rewards/contracts';
import { factsOfParticipation, type Fact } from '@rewards/contracts/testing/sample-events';
import type { EventStore } from '@rewards/event-store';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import type { Settings } from '@rewards/service-kit';
import { deliveryTo, type Grant, type GrantDelivery } from '@rewards/service-kit/deliveries';
import { openEventStore } from '@rewards/service-kit/engines';
import { removeData, testSettings } from '@rewards/testing/settings';
import { partsOf } from './ledger';
import { reconcileCommand } from './reconcile-command';

const DAY = '2026-11-06';
const ITEM: Reward = { name: '극한성장의 비약', type: 'ITEM', amount: 1_500 };
const COUPON: Reward = { name: '사우나 이용권', type: 'COUPON', amount: 3 };

describe('npm run reconcile', () => {
  let settings: Settings;
  let store: EventStore;
  const [first, second] = [randomUUID(), randomUUID()];
  const [one, other] = [factsOfDeliveryEndpoint(first), factsOfDeliveryEndpoint(second)];

  beforeEach(async () => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
    await append(one.added());
  });
  afterEach(async () => {
    await store.close();
    removeData(settings);
  });

  const append = (...facts: readonly Fact[]) => appendFacts(store, facts);
  /** Grants rewards, each to another account. @returns their deliveries */
  const grant = async (rewards: readonly Reward[], { at = `${DAY}T12:00:00.000Z`, to = first } = {}) => {
    const after = await append(
      ...rewards.map((reward) =>
        factsOfParticipation(randomUUID(), randomUUID()).claimed(reward.amount, reward, {
          claimed: reward.amount,
          remaining: 0,
          at,
        }),
      ),
    );
    const deliveries: GrantDelivery[] = [];
    for await (const { events, caughtUp } of store.subscribe({ after: START, prefixes: [PREFIXES.participation] })) {
      deliveries.push(...events.map((recorded) => deliveryTo(to, upcast(recorded) as Grant)));
      if (caughtUp) break;
    }
    expect(deliveries.at(-1)?.position).toBe(after);
    return deliveries.slice(-rewards.length);
  };
  const lineOf = ({ deliveryId, accountId, rewardName, type, amount, at, position }: GrantDelivery, changes: object = {}) =>
    JSON.stringify({ deliveryId, accountId, rewardName, type, amount, itemCode: null, at, position, times: 1, ...changes });
  const run = async (ledger: string, values: Readonly<Record<string, string>> = {}, file?: string) => {
    const [lines, errors]: [string[], string[]] = [[], []];
    const code = await reconcileCommand(
      settings,
      [file ?? '-'],
      { endpoint: first, day: DAY, ...values },
      {
        print: (line) => void lines.push(line),
        printError: (line) => void errors.push(line),
        signal: new AbortController().signal,
        input: Readable.from([Buffer.from(ledger)], { objectMode: false }),
      },
    );
    return { code, lines, errors };
  };
  /** @returns the group and the line of each difference */
  const differences = async (...ledger: readonly string[]) => {
    const { code, lines, errors } = await run(`${ledger.join('\n')}\n`);
    expect(errors).toEqual([]);
    const found: [string, string][] = [];
    let group = '';
    for (const line of lines) {
      if (/^[A-Z].*: \d+$/.test(line)) group = line;
      if (line.startsWith('  ')) found.push([group, line.trim()]);
    }
    expect(code).toBe(found.length > 0 ? 1 : 0);
    return found;
  };

  it('prints the amounts of each type, and exits with 0 if the ledger has exactly what was delivered', async () => {
    const items = await grant([ITEM, ITEM]);
    const [coupon, lost] = (await grant([COUPON, COUPON])) as [GrantDelivery, GrantDelivery];
    await append(one.deliveredAtOnce(...items, coupon), one.failed(lost), one.delivered(lost));
    const { code, lines } = await run([...items, coupon, lost].map((each) => lineOf(each)).join('\n'));
    expect([code, lines]).toEqual([
      0,
      [
        expect.stringMatching(new RegExp(`^Endpoint ${first} on ${DAY} \\(UTC\\), with the log up to position [0-9a-f]{32}\\.$`)),
        'type    issued  units  delivered  units  held  units',
        'COUPON       2      6          2      6     2      6',
        'ITEM         2  3,000          2  3,000     2  3,000',
        'total        4  3,006          4  3,006     4  3,006',
        '',
        'Nothing differs.',
      ],
    ]);
  });

  it('compares the grants of one UTC day to one endpoint, including earlier ones, and ignores other lines of the ledger', async () => {
    const [before] = (await grant([ITEM], { at: '2026-11-05T23:59:59.999Z' })) as [GrantDelivery];
    const [after] = (await grant([ITEM], { at: '2026-11-07T00:00:00.000Z' })) as [GrantDelivery];
    await append(one.removed());
    const [earlier] = (await grant([ITEM], { to: second })) as [GrantDelivery];
    await append(other.added(undefined, START), other.listed(earlier.position, earlier));
    expect(await differences(lineOf(before), lineOf(after), lineOf(earlier))).toEqual([]);
    const { code, lines } = await run(lineOf(before), { endpoint: second });
    expect(code).toBe(1);
    expect(lines).toContain(`  ${earlier.deliveryId}  PENDING: 1500 ITEM ${ITEM.name} for account ${earlier.accountId}`);
  });

  it('names what was issued but not delivered, with its status, and what was abandoned', async () => {
    const [pending, parked, lost, abandoned, resent] = (await grant([ITEM, ITEM, ITEM, COUPON, COUPON])) as [
      GrantDelivery,
      GrantDelivery,
      GrantDelivery,
      GrantDelivery,
      GrantDelivery,
    ];
    await append(one.failed(pending), one.parked(parked), one.failed(lost), one.abandoned(abandoned));
    await append(one.parked(resent), one.resent(resent), one.delivered(resent));
    const found = await differences(lineOf(lost), lineOf(resent));
    const [notDelivered, ended] = ['Issued, but not delivered: 3', 'Abandoned: 1'];
    const ofAccount = ({ accountId }: GrantDelivery) => `for account ${accountId}`;
    expect(found.toSorted()).toEqual(
      [
        [notDelivered, `${pending.deliveryId}  PENDING: 1500 ITEM ${ITEM.name} ${ofAccount(pending)}`],
        [notDelivered, `${parked.deliveryId}  PARKED: 1500 ITEM ${ITEM.name} ${ofAccount(parked)}`],
        [notDelivered, `${lost.deliveryId}  PENDING, but the game holds it: 1500 ITEM ${ITEM.name} ${ofAccount(lost)}`],
        [ended, `${abandoned.deliveryId}  ABANDONED: 3 COUPON ${COUPON.name} ${ofAccount(abandoned)}`],
      ].toSorted(),
    );
  });

  it('names what was delivered but is not in the ledger, and what is in the ledger but was never issued', async () => {
    const [item] = (await grant([ITEM])) as [GrantDelivery];
    await append(one.deliveredAtOnce(item));
    const invented = { ...item, deliveryId: randomUUID() };
    expect(await differences(lineOf(invented))).toEqual([
      ['Delivered, but not in the ledger: 1', `${item.deliveryId}  1500 ITEM ${ITEM.name} for account ${item.accountId}`],
      ['In the ledger, but never issued: 1', `${invented.deliveryId}  1500 ITEM ${ITEM.name} for account ${item.accountId}`],
    ]);
  });

  it.each([
    ['amount', { amount: 2 }, 'amount 2 instead of 1500'],
    ['account', { accountId: 'someone' }, 'accountId someone instead of '],
    [
      'reward',
      { rewardName: '왕관', itemCode: 'crown' },
      `rewardName 왕관 instead of ${ITEM.name}, itemCode crown instead of null`,
    ],
    ['type', { type: 'GOLD' }, 'type GOLD instead of ITEM'],
  ])('names what the game holds with another %s', async (_name, changes, text) => {
    const [item] = (await grant([ITEM])) as [GrantDelivery];
    await append(one.deliveredAtOnce(item));
    expect(await differences(lineOf(item, changes))).toEqual([
      ['Held with another amount, account or reward: 1', expect.stringContaining(`${item.deliveryId}  ${text}`)],
    ]);
  });

  it('names what the game holds more than once, in one line or in several', async () => {
    const [item, coupon] = (await grant([ITEM, COUPON])) as [GrantDelivery, GrantDelivery];
    await append(one.deliveredAtOnce(item, coupon));
    const found = await differences(lineOf(item, { times: 2 }), lineOf(coupon), lineOf(coupon), lineOf(coupon));
    expect(found.toSorted()).toEqual(
      [
        ['Held more than once: 2', `${item.deliveryId}  2 times: 1500 ITEM ${ITEM.name} for account ${item.accountId}`],
        ['Held more than once: 2', `${coupon.deliveryId}  3 times: 3 COUPON ${COUPON.name} for account ${coupon.accountId}`],
      ].toSorted(),
    );
  });

  it.each([
    ['not JSON', '{', 'is not JSON'],
    ['JSON, but not an object', '[]', 'is not a JSON object'],
    ['without an id', '{}', 'has no text in deliveryId'],
    ['without an amount', '{"deliveryId":"d","accountId":"a","rewardName":"r","type":"ITEM"}', 'has no integer in amount'],
    [
      'with times that are no number',
      '{"deliveryId":"d","accountId":"a","rewardName":"r","type":"ITEM","amount":1,"times":0}',
      'has no positive integer in times',
    ],
    ['without an end', 'x'.repeat(200_000), 'has more than 65536 characters'],
  ])('exits with 2, and names the line, for one that is %s', async (_name, line, message) => {
    const [item] = (await grant([ITEM])) as [GrantDelivery];
    const { code, lines, errors } = await run(`${lineOf(item)}\n\n${line}\n`);
    expect({ code, lines, errors }).toEqual({ code: 2, lines: [], errors: [`-: line 3 ${message}.`] });
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['a malformed day', { day: '2026-11-31' }, '2026-11-31 is not a day. Write it as yyyy-mm-dd, for example 2026-11-30.'],
    ['a time', { day: AT }, `${AT} is not a day. Write it as yyyy-mm-dd, for example 2026-11-30.`],
    ['an unknown endpoint', { endpoint: second }, `The log has no endpoint ${second}. It has ${first}.`],
    ['no endpoint', { endpoint: '' }, 'Usage: npm run reconcile -- --endpoint <id> --day <yyyy-mm-dd> <ledger.ndjson>'],
  ])('exits with 2 for %s', async (_name, values, message) =>
    expect(await run('', values)).toEqual({ code: 2, lines: [], errors: [message] }),
  );

  it('reads a file, in which a character may span two parts, and exits with 2 if there is none', async () => {
    const [item] = (await grant([ITEM])) as [GrantDelivery];
    await append(one.deliveredAtOnce(item));
    const file = join(settings.dataDir, 'ledger.ndjson');
    // A part of the file has 64 KiB. Each of these texts has three bytes for each character.
    writeFileSync(file, `${lineOf(item, { note: '약'.repeat(21_000) })}\n${'\n'.repeat(100_000)}`);
    expect((await run('', {}, file)).code).toBe(0);
    expect(await run('', {}, `${file}.old`)).toMatchObject({ code: 2, errors: [expect.stringContaining('cannot be read')] });
  });

  it('rejects a file that is missing when its first part is read, however long that takes', async () => {
    const missing = join(settings.dataDir, 'ledger.ndjson');
    const parts = partsOf(missing);
    await expect(access(missing)).rejects.toThrow('ENOENT');
    await expect(parts.next()).rejects.toThrow('ENOENT');
  });

  it('sees the deliveries of one bucket apart, whatever their number', async () => {
    const items = await grant(Array.from({ length: 300 }, () => ITEM));
    await append(one.deliveredAtOnce(...items));
    expect(await differences(...items.map((each) => lineOf(each)))).toEqual([]);
    expect(await differences(...items.slice(1).map((each) => lineOf(each)))).toHaveLength(1);
  });
});
