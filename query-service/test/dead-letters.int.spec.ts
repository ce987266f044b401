import { randomUUID } from 'node:crypto';
import { streams, type DeadLetterEvent, type Role } from '@rewards/contracts';
import { fingerprintOf } from '@rewards/service-kit/derived-id';
import { dataOf, invalidOf, problemOf } from '@rewards/testing/http';
import { createQueryWorld, type QueryWorld } from '../src/testing/query-world';

interface Row {
  readonly id: string;
  readonly [field: string]: unknown;
}

const operator = randomUUID();

const letter = (deadLetterId: string, topic: string, offset: number) => ({
  deadLetterId,
  topic,
  partition: 0,
  offset: String(offset),
  key: 'key',
  payload: 'not json',
  error: 'MalformedMessage: not JSON',
  attempts: 1,
  at: '2026-11-01T00:00:00.000Z',
});
const fingerprintIn = (topic: string) => fingerprintOf(letter('', topic, 0));
const fact = (event: DeadLetterEvent) => ({ stream: streams.deadLetter(event.data.deadLetterId), event });

describe('GET /dead-letters', () => {
  const ids = Array.from({ length: 5 }, () => randomUUID());
  const [first = '', second = ''] = ids;
  let world: QueryWorld;

  beforeAll(async () => {
    world = await createQueryWorld();
    const handling = { by: operator, at: '2026-11-02T00:00:00.000Z' };
    await world.record(
      ...ids.map((id, index) =>
        fact({ type: 'MessageDeadLettered', data: letter(id, index % 2 === 0 ? 'logins' : 'accounts', index) }),
      ),
      fact({ type: 'MessageRedriven', data: { deadLetterId: first, ...handling } }),
      fact({ type: 'MessageDiscarded', data: { deadLetterId: second, ...handling } }),
    );
  });

  afterAll(() => world.close());

  const get = (path: string, role: Role = 'AUDITOR') => world.get(path, world.person(role));
  const list = async (path: string) => {
    const { data, body } = await get(path);
    return { data: data as readonly Row[], page: body.page as { readonly next: string | null } };
  };
  const idsAt = async (url: string) => (await list(url)).data.map(({ id }) => id);

  it('lists origin, payload, error, attempts and handling of each dead letter, newest first', async () => {
    const { data, page } = await list('/dead-letters');
    expect(data.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(page).toEqual({ limit: 20, next: null });
    const { deadLetterId: id, ...rest } = letter(ids[4] ?? '', 'logins', 4);
    const position = expect.any(String) as string;
    const shown = { payloadCut: false, headers: {}, redrives: 0, status: 'OPEN', fingerprint: fingerprintIn('logins') };
    expect(data[0]).toEqual({ id, ...rest, ...shown, handledBy: null, handledAt: null, position });
    const handling = { handledBy: operator, handledAt: '2026-11-02T00:00:00.000Z' };
    const { deadLetterId: secondId, ...ofSecond } = letter(second, 'accounts', 1);
    expect(data[3]).toEqual({
      id: secondId,
      ...ofSecond,
      ...{ ...shown, status: 'DISCARDED', fingerprint: fingerprintIn('accounts') },
      ...handling,
      position,
    });
    const { deadLetterId: firstId, ...ofFirst } = letter(first, 'logins', 0);
    expect(data[4]).toEqual({ id: firstId, ...ofFirst, ...shown, status: 'REDRIVEN', redrives: 1, ...handling, position });
  });

  it('filters by fingerprint', async () => {
    const fingerprint = fingerprintIn('accounts');
    expect(await idsAt(`/dead-letters?fingerprint=${fingerprint}`)).toEqual([ids[3], ids[1]]);
    expect(await idsAt(`/dead-letters?fingerprint=${fingerprint}&status=OPEN`)).toEqual([ids[3]]);
    expect(await idsAt(`/dead-letters?fingerprint=${'0'.repeat(16)}`)).toEqual([]);
  });

  it('groups the open ones by fingerprint, with the newest group first', async () => {
    const group = (topic: string, count: number) => ({
      ...{ fingerprint: fingerprintIn(topic), topic, error: 'MalformedMessage: not JSON', count },
      ...{ firstAt: '2026-11-01T00:00:00.000Z', lastAt: '2026-11-01T00:00:00.000Z' },
    });
    expect(await get('/dead-letters/groups')).toEqual(dataOf(200, [group('logins', 2), group('accounts', 1)]));
    expect((await get('/dead-letters/groups', 'OPERATOR')).status).toBe(200);
    expect((await get('/dead-letters/groups', 'USER')).status).toBe(403);
    expect(await get('/dead-letters/groups?limit=1')).toEqual(invalidOf('limit'));
  });

  it('filters by topic and by status', async () => {
    expect(await idsAt('/dead-letters?topic=accounts')).toEqual([ids[3], ids[1]]);
    expect(await idsAt('/dead-letters?status=OPEN')).toEqual([ids[4], ids[3], ids[2]]);
  });

  it('pages by cursor', async () => {
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { data, page } = await list(`/dead-letters?limit=2${next && `&cursor=${next}`}`);
      seen.push(...data.map(({ id }) => id));
      next = page.next;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it('ends a page at 1 MiB, and continues on the next page', async () => {
    const large = Array.from({ length: 5 }, () => randomUUID());
    const data = large.map((id, index) => ({ ...letter(id, 'logins', index), error: '*'.repeat(400_000) }));
    for (const one of data) await world.record(fact({ type: 'MessageDeadLettered', data: one }));
    const pages: string[][] = [];
    for (let next: string | null = ''; next !== null;) {
      const { data: rows, page } = await list(`/dead-letters?limit=100${next && `&cursor=${next}`}`);
      pages.push(rows.map(({ id }) => id));
      next = page.next;
    }
    const [a, b, c, d, e] = large;
    expect(pages).toEqual([
      [e, d],
      [c, b],
      [a, ...ids.toReversed()],
    ]);
  });

  it('requires an operator or auditor, and rejects invalid parameters', async () => {
    expect((await get('/dead-letters', 'USER')).status).toBe(403);
    expect((await get('/dead-letters', 'OPERATOR')).status).toBe(200);
    for (const query of [
      'limit=0',
      'limit=101',
      'cursor=x',
      'status=GONE',
      'topic=nothing',
      'topic=',
      'fingerprint=x',
      'fingerprint=',
      'other=1',
    ]) {
      expect(await get(`/dead-letters?${query}`)).toEqual(invalidOf(query.split('=')[0] ?? ''));
    }
  });

  describe('GET /dead-letters/{id}', () => {
    const text = `${'극한'.repeat(1_000)}\u0000`;
    const bytes = Buffer.from([0xb1, 0xd8, 0xc7, 0xd1]);
    const [long, garbled, empty, cut, headed] = Array.from({ length: 5 }, () => randomUUID()) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const headers = { ce_id: '극한', large: 'x'.repeat(8_192), empty: '' };
    const one = (id: string) => get(`/dead-letters/${id}`);
    const shownOf = (id: string, offset: number, changes: object) => {
      const { deadLetterId: _, ...rest } = letter(id, 'logins', offset);
      return {
        ...{ id, ...rest, payloadCut: false, headers: {}, redrives: 0, status: 'OPEN', handledBy: null, handledAt: null },
        ...{ position: expect.any(String) as string, fingerprint: expect.any(String) as string, keyBase64: 'a2V5', ...changes },
      };
    };

    beforeAll(async () => {
      await world.record(
        ...[
          { ...letter(long, 'logins', 10), payload: text },
          { ...letter(garbled, 'logins', 11), payload: '', payloadBase64: bytes.toString('base64') },
          { ...letter(empty, 'logins', 12), key: '', keyBase64: null, payload: '', payloadBase64: null },
          { ...letter(headed, 'logins', 14), headers },
          { ...letter(cut, 'logins', 13), isCut: true },
        ].map((data) => fact({ type: 'MessageDeadLettered', data })),
      );
    });

    it('shows the whole payload, while the list shows only its beginning', async () => {
      const [row] = (await list('/dead-letters?limit=1&topic=logins&status=OPEN')).data;
      expect([row?.id, row?.payloadCut]).toEqual([cut, true]);
      const listed = (await list('/dead-letters')).data.find(({ id }) => id === long);
      expect([listed?.payload, listed?.payloadCut]).toEqual([text.slice(0, 1_000), true]);
      const whole = { payload: text, payloadBase64: Buffer.from(text).toString('base64') };
      expect(await one(long)).toEqual(dataOf(200, shownOf(long, 10, whole)));
    });

    it('shows bytes that are not UTF-8 only in base64', async () => {
      expect(await one(garbled)).toEqual(dataOf(200, shownOf(garbled, 11, { payload: null, payloadBase64: 'sdjH0Q==' })));
    });

    it('shows all headers, while the list shows those that fit', async () => {
      const payloadBase64 = Buffer.from('not json').toString('base64');
      expect(await one(headed)).toEqual(dataOf(200, shownOf(headed, 14, { payloadBase64, headers })));
      const listed = (await list('/dead-letters')).data.find(({ id }) => id === headed);
      expect(listed?.headers).toEqual({ ce_id: '극한' });
    });

    it('shows null for a missing key and value', async () => {
      const nothing = { key: null, keyBase64: null, payload: null, payloadBase64: null };
      expect(await one(empty)).toEqual(dataOf(200, shownOf(empty, 12, nothing)));
    });

    it('marks a payload that was not stored completely', async () => {
      const payloadBase64 = Buffer.from('not json').toString('base64');
      expect(await one(cut)).toEqual(dataOf(200, shownOf(cut, 13, { payloadBase64, payloadCut: true })));
    });

    it('requires an operator or auditor, and an existing dead letter', async () => {
      expect((await get(`/dead-letters/${long}`, 'USER')).status).toBe(403);
      for (const id of [randomUUID(), 'x']) expect(await get(`/dead-letters/${id}`)).toEqual(problemOf(404, 'NOT_FOUND'));
    });
  });
});

describe('GET /dead-letters/groups', () => {
  let world: QueryWorld;
  beforeAll(async () => {
    world = await createQueryWorld();
  });
  afterAll(() => world.close());

  const poisonOf = (error: string, at: string) => ({ ...letter(randomUUID(), 'logins', 0), error, at });
  const record = (...letters: ReturnType<typeof letter>[]) =>
    world.record(...letters.map((data) => fact({ type: 'MessageDeadLettered', data })));
  const groups = async () =>
    (await world.get('/dead-letters/groups', world.person('AUDITOR'))).data as readonly Readonly<Record<string, unknown>>[];
  const at = (day: number) => `2026-11-${String(day).padStart(2, '0')}T00:00:00.000Z`;

  it('shows the error of the newest one, and when the oldest and the newest one were recorded', async () => {
    expect(await groups()).toEqual([]);
    const errors = ['Error: 1 is odd', 'Error: 2 is odd', 'Error: 3 is odd'];
    const letters = errors.map((error, index) => poisonOf(error, at(index + 1)));
    await record(...letters);
    const group = { fingerprint: fingerprintOf(letters[0] as never), topic: 'logins' };
    expect(await groups()).toEqual([{ ...group, error: 'Error: 3 is odd', count: 3, firstAt: at(1), lastAt: at(3) }]);
    const [first, , last] = letters.map(({ deadLetterId }) => deadLetterId) as [string, string, string];
    const handling = { by: operator, at: at(4) };
    await world.record(
      fact({ type: 'MessageRedriven', data: { deadLetterId: first, ...handling } }),
      fact({ type: 'MessageDiscarded', data: { deadLetterId: last, ...handling } }),
    );
    expect(await groups()).toEqual([{ ...group, error: 'Error: 2 is odd', count: 1, firstAt: at(2), lastAt: at(2) }]);
  });

  const NAMES = Array.from({ length: 1_100 }, (_, index) =>
    [...String(index)].map((digit) => 'abcdefghij'[Number(digit)] ?? '').join(''),
  );

  it('shows the 100 newest groups, also if there are more than it looks at', async () => {
    await record(...NAMES.slice(0, 150).map((name) => poisonOf(`Error: ${name}`, at(5))));
    const newest = (count: number) => NAMES.slice(count - 100, count).map((name) => `Error: ${name}`);
    expect((await groups()).map(({ error }) => error)).toEqual(newest(150).toReversed());
    await record(...NAMES.slice(150).map((name) => poisonOf(`Error: ${name}`, at(6))));
    expect((await groups()).map(({ error }) => error)).toEqual(newest(1_100).toReversed());
  });
});
