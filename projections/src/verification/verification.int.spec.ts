import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  readModelCollection,
  START,
  streams,
  type Condition,
  type DomainEvent,
  type ParticipationEvent,
  type ReadModelName,
  upcast,
} from '@rewards/contracts';
import type { Collection, DocumentStore, Stored } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { createLogger, type Settings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { until } from '@rewards/testing/until';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createProjections } from '../projections';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA, type Fact } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { MAX_FINDINGS, type Rule } from '@rewards/checker';
import { World } from '@rewards/checker/testing/world';
import { combined, verify } from './verification';
import { verifyCommand } from './verify-command';

type DataOf<Type extends ParticipationEvent['type']> = Extract<ParticipationEvent, { readonly type: Type }>['data'];

/** Correct domain events of one account in one reward event, for a test to corrupt. */
const newStory = () => {
  const [eventId, accountId] = [randomUUID(), randomUUID()];
  const event = factsOfEvent(eventId);
  const participation = factsOfParticipation(eventId, accountId);
  const loginId = (number: number) => `login-${number}`;
  const day = (number: number) => `2026-11-0${number + 1}`;
  /** A domain event that the player requested. */
  const byPlayer = (fact: Fact): Fact => ({ ...fact, actor: { accountId, roles: ['USER'] } });
  return {
    ...event,
    ...participation,
    completed: (...of: Parameters<typeof participation.completed>) => byPlayer(participation.completed(...of)),
    claimed: (...of: Parameters<typeof participation.claimed>) => byPlayer(participation.claimed(...of)),
    eventId,
    catalogue: [event.created(), event.added(ELIXIR), event.added(SAUNA), event.published()],
    login: (number: number, at = `${day(number)}T00:00:00.000Z`): Fact => ({
      stream: streams.login(accountId, at),
      event: { type: 'LoggedIn', data: { loginId: loginId(number), accountId, at } },
    }),
  };
};
type Story = ReturnType<typeof newStory>;

/** Returns a domain event with other data. */
const altered = <Type extends ParticipationEvent['type']>(fact: Fact, data: Partial<DataOf<Type>>): Fact => ({
  ...fact,
  event: { type: fact.event.type, data: { ...(fact.event.data as object), ...data } } as DomainEvent,
});
const counted = (fact: Fact, data: Partial<DataOf<'LoginCounted'>>) => altered<'LoginCounted'>(fact, data);

const eligible = ({ catalogue, login, started, counted: count }: Story): Fact[] => [
  ...catalogue,
  ...[1, 2, 3].map((number) => login(number)),
  started(),
  ...[1, 2, 3].map((number) => count(number)),
];
const completed = (story: Story): Fact[] => [...eligible(story), story.completed()];
const tooSmallClaim = (story: Story): Fact[] => {
  const pile = { ...ELIXIR, amount: 5_000 };
  return [
    ...eligible(story),
    story.rewardChanged(ELIXIR.name, pile.amount),
    story.completed([pile, SAUNA]),
    story.claimed(4, pile, { claimed: 4, remaining: 4_996 }),
  ];
};
/** An account in two weeks of a calendar, with automatic claims of two milestones of the first week and one of the second. */
const calendar = () =>
  new World({
    ...{ startsAt: '2027-03-01T00:00:00.000Z', endsAt: '2027-04-01T00:00:00.000Z', claimsUntil: '2027-04-01T00:00:00.000Z' },
    condition: { type: 'LOGIN_DAYS', count: 2 },
    milestones: [{ count: 1, rewards: [ELIXIR] }],
    ...{ cycle: 'WEEK', autoComplete: true, autoClaim: true },
  })
    .operator(({ added }) => added(SAUNA))
    .operator(({ published }) => published())
    .login('2027-03-02T00:00:00.000Z')
    .login('2027-03-03T00:00:00.000Z')
    .login('2027-03-10T00:00:00.000Z');
/** An endpoint that accepts every type. */
const ENDPOINT: Fact = {
  stream: streams.deliveryEndpoints(),
  event: {
    type: 'DeliveryEndpointAdded',
    data: {
      ...{ endpointId: randomUUID(), name: 'game', kind: 'BUS', maxPerSecond: 500, timeoutMs: 1_000 },
      ...{ by: randomUUID(), at: '2026-11-01T00:00:00.000Z' },
    },
  },
};
const grant = (story: Story) => story.claimed(20, ELIXIR, { claimed: 20, remaining: 80 });

describe('verification', () => {
  let settings: Settings;
  let store: EventStore;
  let views: DocumentStore;

  beforeEach(() => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
    views = openDocumentStore(settings, 'views', 'write');
  });

  afterEach(async () => {
    await Promise.all([store.close(), views.close()]);
    removeData(settings);
  });

  const run = (patienceMs = 0) =>
    verify(
      PROJECTIONS,
      { store, views, checkpoints: new Checkpoints(views), upcast },
      { signal: new AbortController().signal, patienceMs },
    );
  /** Runs the `verify` command. @returns its exit code and its output */
  const command = async (from: Settings = settings) => {
    const [lines, progress]: [string[], string[]] = [[], []];
    const code = await verifyCommand(from, {
      print: (line) => void lines.push(line),
      printProgress: (line) => void progress.push(line),
      progressMs: Infinity,
      signal: new AbortController().signal,
    });
    return { code, lines, progress };
  };
  /** Copies only these files into a new data directory. */
  const copyOf = (...files: readonly string[]): string => {
    const directory = mkdtempSync(join(settings.dataDir, 'copy-'));
    for (const file of files.flatMap((name) => [name, `${name}-wal`]))
      copyFileSync(join(settings.dataDir, file), join(directory, file));
    return directory;
  };
  const rulesAfter = async (...facts: readonly Fact[]): Promise<readonly Rule[]> => {
    await appendFacts(store, facts);
    const { ok, findings } = await run();
    expect(ok).toBe(findings.length === 0);
    return [...new Set(findings.map(({ rule }) => rule))];
  };

  describe('of an event with days that begin at 05:00', () => {
    const story = newStory();
    const condition: Condition = { type: 'LOGIN_DAYS', count: 3 };
    const night = '2026-11-01T19:00:00.000Z';
    const facts = (day: string): Fact[] => [
      story.created({ dayStartsAt: '05:00', condition }),
      ...story.catalogue.slice(1),
      story.login(1, night),
      altered<'ParticipationStarted'>(story.started(), { condition }),
      counted(story.counted(1), { at: night, day }),
    ];

    it.each([
      ['2026-11-01', undefined],
      ['2026-11-02', [{ rule: 'DAY_DIFFERS', stream: story.stream, revision: 1 }]],
    ])('compares the recorded day %s of a login at 04:00 with the start of the day', async (day, notes) => {
      await appendFacts(store, facts(day));
      const { ok, notes: found } = await run();
      expect(ok).toBe(true);
      expect(found).toEqual(notes?.map((note) => expect.objectContaining(note)));
    });

    it('notes an uncounted login near the start of the day, and reports one near midnight', async () => {
      await appendFacts(store, [...facts('2026-11-01'), story.login(2, '2026-11-01T20:30:00.000Z')]);
      expect(await run()).toMatchObject({ ok: true, notes: [{ rule: 'DAY_DIFFERS', revision: null }] });
      expect(await rulesAfter(story.login(3, '2026-11-02T15:15:00.000Z'))).toEqual(['LOGIN_MISSING']);
    });
  });

  it('finds no errors in a complete history, and reports the amounts checked', async () => {
    const story = newStory();
    const all = [
      ...completed(story),
      grant(story),
      story.claimRefused(),
      story.claimed(80, ELIXIR, { requested: 'all', claimed: 100, remaining: 0 }),
      story.paused(),
      story.deleted(),
    ];
    const position = await appendFacts(store, all);
    expect(await run()).toEqual({
      ok: true,
      position,
      finishedAt: expect.any(String) as string,
      checked: {
        events: 1,
        accounts: 1,
        logins: 3,
        participationFacts: 7,
        deliveries: 0,
        documents: {},
        notCompared: PROJECTIONS.map(({ name }) => name),
        findings: 0,
        findingsByRule: {},
      },
      findings: [],
    });
  });

  it('finds no errors in an empty log', async () => expect((await run()).ok).toBe(true));

  it('exits with 2 on an empty or missing log', async () => {
    for (const dataDir of [settings.dataDir, join(settings.dataDir, 'wrong')]) {
      const { code, lines } = await command({ ...settings, dataDir });
      expect(lines).toEqual([
        `Nothing was checked: the log is empty (the embedded event store in ${dataDir}). Check DATA_DIR and EVENTSTORE_URL.`,
      ]);
      expect(code).toBe(2);
    }
  });

  it('counts the findings by rule, and prints how many of them are listed', async () => {
    const story = newStory();
    const repeated = Array.from({ length: MAX_FINDINGS + 1 }, () => story.started());
    await appendFacts(store, [...completed(story), ...repeated]);
    const { code, lines } = await command();
    expect(lines).toContain('Only the first 1,000 of 1,001 findings are listed.');
    expect(lines).toContain('1,001 STARTED_TWICE');
    expect(lines.at(-1)).toBe('The books are wrong: 1,001 findings.');
    expect(code).toBe(1);
  });

  it('reports the place and the error of a finding', async () => {
    const story = newStory();
    await appendFacts(store, [...completed(story), grant(story), grant(story)]);
    expect((await run()).findings[0]).toEqual({
      rule: 'REQUEST_GRANTED_TWICE',
      stream: story.stream,
      revision: 6,
      message: 'request request-20 was already granted',
    });
  });

  describe('of counted logins', () => {
    it.each<[Rule, (story: Story) => Fact[]]>([
      ['LOGIN_RECORDED_TWICE', (story) => [...eligible(story), story.login(1)]],
      ['COUNTED_TWICE', (story) => [...eligible(story).slice(0, -1), counted(story.counted(3), { loginId: 'login-2' })]],
      ['COUNTED_WITHOUT_LOGIN', (story) => [...eligible(story).slice(0, -1), counted(story.counted(3), { loginId: 'invented' })]],
      [
        'COUNTED_OUTSIDE_WINDOW',
        (story) => [
          ...eligible(story).slice(0, -1),
          story.login(9, '2026-12-01T00:00:00.000Z'),
          counted(story.counted(3), { loginId: 'login-9', at: '2026-12-01T00:00:00.000Z', day: '2026-12-01' }),
        ],
      ],
      [
        'COUNTED_OUTSIDE_WINDOW',
        (story) => [...story.catalogue, story.ended('2026-11-02T00:00:00.000Z'), ...eligible(story).slice(4)],
      ],
      ['COUNTED_IN_PAUSE', (story) => [...story.catalogue, story.paused(), story.resumed(), ...eligible(story).slice(4)]],
      ['COUNTED_AFTER_CONDITION', (story) => [...eligible(story), story.login(4), counted(story.counted(4), { progress: 3 })]],
      ['COUNTED_BEFORE_START', (story) => [...story.catalogue, story.login(1), story.counted(1)]],
      ['STARTED_TWICE', (story) => [...eligible(story), story.started()]],
      ...[{ rewards: [ELIXIR] }, { condition: { type: 'LOGIN_COUNT', count: 4 } as const }, { termsVersion: 2 }].map(
        (terms): [Rule, (story: Story) => Fact[]] => [
          'TERMS_DIFFER',
          (story) => [...eligible(story).slice(0, 7), story.started(terms), ...[1, 2, 3].map((number) => story.counted(number))],
        ],
      ),
      ['WRONG_PROGRESS', (story) => [...eligible(story).slice(0, -1), counted(story.counted(3), { progress: 2 })]],
      ['WRONG_PROGRESS', (story) => [...eligible(story).slice(0, -1), counted(story.counted(3), { conditionMet: false })]],
      ['WRONG_PROGRESS', (story) => [...eligible(story).slice(0, -1), counted(story.counted(3), { day: '2026-11-30' })]],
      ['LOGIN_MISSING', (story) => eligible(story).slice(0, -1)],
      ['LOGIN_MISSING', (story) => [...story.catalogue, story.login(1)]],
    ])('finds %s (%#)', async (rule, facts) => expect(await rulesAfter(...facts(newStory()))).toContain(rule));

    it('judges a login by the domain events before it', async () => {
      const story = newStory();
      expect(
        await rulesAfter(...eligible(story), story.ended('2026-11-02T00:00:00.000Z'), story.rewardChanged(SAUNA.name, 1)),
      ).toEqual([]);
    });

    it('accepts logins in a pause that continues counting', async () => {
      const story = newStory();
      const facts = [...story.catalogue, story.paused(undefined, 'CONTINUE'), story.resumed(), ...eligible(story).slice(4)];
      expect(await rulesAfter(...facts)).toEqual([]);
      expect(await rulesAfter(story.completed())).toEqual([]);
    });

    it('judges a login by the event when it was recorded, although it was unpublished and changed later', async () => {
      const story = newStory();
      const changed = story.changed({ startsAt: '2026-11-03T00:00:00.000Z', rewards: [SAUNA] });
      const facts = [...eligible(story), story.unpublished(), changed, story.published('2026-10-05T00:00:00.000Z')];
      expect(await rulesAfter(...facts)).toEqual([]);
    });

    it.each([
      ['2026-11-02T00:00:00.001Z', []],
      ['2026-11-02T00:00:00.000Z', ['COUNTED_OUTSIDE_WINDOW']],
    ])('judges a login of a draft by its next publication, with the end %s', async (endsAt, rules) => {
      const story = newStory();
      const facts = [
        ...[...story.catalogue, story.unpublished(), story.login(1), story.changed({ endsAt }), story.published()],
        ...[altered<'ParticipationStarted'>(story.started(), { termsVersion: 2 }), story.counted(1)],
      ];
      expect(await rulesAfter(...facts)).toEqual(rules);
    });

    it('waits for a login that is being counted', async () => {
      const story = newStory();
      await appendFacts(store, eligible(story).slice(0, -1));
      const running = run(10_000);
      await appendFacts(store, [story.counted(3)]);
      expect((await running).ok).toBe(true);
    });
  });

  describe('of an event with a window before its publication', () => {
    const late = (story: Story): Fact[] => [
      story.created({ startsAt: '2026-09-01T00:00:00.000Z' }),
      story.added(ELIXIR),
      story.added(SAUNA),
      story.login(1),
      story.login(2),
      story.published(),
      story.started(),
      story.counted(1),
    ];
    const backfilled = ({ eventId }: Story): Fact => ({
      stream: streams.backfill(eventId),
      event: { type: 'LoginsBackfilled', data: { eventId, position: 'f'.repeat(32), at: '2026-10-01T00:00:00.000Z' } },
    });

    it('accepts uncounted logins from before its publication until the backfill is complete', async () =>
      expect(await rulesAfter(...late(newStory()))).toEqual([]));

    it('reports a login that the backfill left out', async () => {
      const story = newStory();
      expect(await rulesAfter(...late(story), backfilled(story))).toEqual(['LOGIN_MISSING']);
      expect(await rulesAfter(story.counted(2))).toEqual([]);
    });
  });

  describe('of days', () => {
    const story = newStory();
    const condition: Condition = { type: 'LOGIN_DAYS', count: 3 };
    const [, ...rest] = story.catalogue;
    const start = (): Fact[] => [
      story.created({ condition }),
      ...rest,
      story.login(1),
      altered<'ParticipationStarted'>(story.started(), { condition }),
      story.counted(1),
    ];
    // A quarter to midnight in Seoul, on the day of the first login.
    const sameDay = story.login(7, '2026-11-02T14:45:00.000Z');

    it('requires one counted login for each day', async () => expect(await rulesAfter(...start(), sameDay)).toEqual([]));

    it('finds COUNTED_TWICE for a second login of a day', async () => {
      const twice = counted(story.counted(1), { loginId: 'login-7', at: '2026-11-02T14:45:00.000Z' });
      expect(await rulesAfter(...start(), sameDay, twice)).toEqual(['COUNTED_TWICE']);
    });

    it('finds LOGIN_MISSING for a day without a counted login', async () => {
      expect(await rulesAfter(...start(), story.login(8, '2026-11-03T03:00:00.000Z'))).toEqual(['LOGIN_MISSING']);
    });

    it('notes a login near midnight that would count under slightly different rules of the zone', async () => {
      const position = await appendFacts(store, [...start(), story.login(8, '2026-11-02T15:15:00.000Z')]);
      expect(await run()).toMatchObject({ ok: true, position, findings: [], notes: [{ rule: 'DAY_DIFFERS', revision: null }] });
    });
  });

  describe('of a zone whose rules have changed', () => {
    const story = newStory();
    const condition: Condition = { type: 'LOGIN_STREAK', count: 3 };
    const [, ...rest] = story.catalogue;
    // Recorded when the zone was a day behind its current time, as Samoa was until 2011.
    const recorded = [1, 2].map((number) => counted(story.counted(number), { day: `2026-11-0${number}` }));
    const facts = [
      ...[story.created({ condition }), ...rest, story.login(1), story.login(2)],
      altered<'ParticipationStarted'>(story.started(), { condition }),
    ];

    it('keeps the recorded days, and notes the difference', async () => {
      await appendFacts(store, [...facts, ...recorded]);
      const { ok, notes } = await run();
      expect(ok).toBe(true);
      expect(notes).toEqual(
        [1, 2].map((number) => ({
          rule: 'DAY_DIFFERS',
          stream: story.stream,
          revision: number,
          message: `2026-11-0${number} is recorded, but the current time zone data of Asia/Seoul gives 2026-11-0${number + 1}`,
        })),
      );
    });

    it('does not require a second login of a recorded day that current data split into two', async () => {
      await appendFacts(store, [...facts, ...recorded, story.login(7, '2026-11-03T12:00:00.000Z')]);
      expect(await run()).toMatchObject({ ok: true, findings: [] });
    });

    it('reports a second login that is counted for one recorded day, and a day that no zone gives', async () => {
      const [first, second] = recorded as [Fact, Fact];
      expect(await rulesAfter(...facts, first, counted(second, { day: '2026-11-01', progress: 1 }))).toEqual(['COUNTED_TWICE']);
      expect(await rulesAfter(counted(story.counted(1), { day: '2026-10-20' }))).toContain('WRONG_PROGRESS');
    });
  });

  describe('of events that cannot be read', () => {
    const broken = ({ stream, event: { type } }: Fact): Fact => ({ stream, event: { type, data: null } });
    const wrong = (story: Story) => [story.started(), story.started()];

    const findings = async () =>
      (await run()).findings.map(({ rule, stream, revision }) => `${rule} ${stream} ${revision}`).toSorted();

    it('reports an event with an unknown time zone, requires none of its logins, and checks everything else', async () => {
      const [story, other] = [newStory(), newStory()];
      await appendFacts(store, [
        ...[story.created({ timeZone: 'Mars/Olympus' }), ...story.catalogue.slice(1)],
        ...[story.login(1), story.login(2), story.login(3), story.started(), story.counted(1)],
        ...[counted(story.counted(2), { progress: 9 }), ...wrong(other)],
      ]);
      const event = streams.rewardEvent(story.eventId);
      expect(await findings()).toEqual([
        `STARTED_TWICE ${other.stream} 1`,
        `TIME_ZONE_UNKNOWN ${event} null`,
        `WRONG_PROGRESS ${story.stream} 2`,
      ]);
      expect((await run()).findings.find(({ stream }) => stream === event)?.message).toContain('Mars/Olympus');
    });

    it.each<[string, (story: Story) => readonly Fact[], (story: Story) => string[]]>([
      [
        'a reward event',
        (story) => [...eligible(story).slice(0, 4), broken(story.paused()), ...eligible(story).slice(4), story.completed()],
        ({ eventId }) => [`${streams.rewardEvent(eventId)} 4`],
      ],
      [
        'a participation',
        (story) => [...eligible(story).slice(0, -2), broken(story.counted(2)), story.counted(3), story.completed()],
        ({ stream }) => [`${stream} 2`],
      ],
      [
        'a reward event without a condition',
        (story) => [story.created({ condition: undefined }), ...eligible(story).slice(1), story.completed()],
        ({ eventId }) => [`${streams.rewardEvent(eventId)} 0`],
      ],
      ['the logins of a month', (story) => [...eligible(story), broken(story.login(4))], ({ login }) => [`${login(4).stream} 3`]],
      [
        'a participation with an unknown condition',
        (story) => {
          const condition = { type: 'LOGIN_WEEKS', count: 3 } as unknown as Condition;
          const started = altered<'ParticipationStarted'>(story.started(), { condition });
          return [story.created({ condition }), ...story.catalogue.slice(1), story.login(1), started, story.counted(1)];
        },
        ({ eventId, stream }) => [`${stream} 0`, `${streams.rewardEvent(eventId)} null`],
      ],
    ])(
      'reports the unreadable event of %s, no error that may follow from it, and checks everything else',
      async (_of, facts, where) => {
        const [story, other] = [newStory(), newStory()];
        await appendFacts(store, [...facts(story), ...wrong(other)]);
        expect(await findings()).toEqual([
          ...where(story).map((place) => `EVENT_UNREADABLE ${place}`),
          `STARTED_TWICE ${other.stream} 1`,
        ]);
      },
    );
  });

  it('notes a login id that is recorded in two months, and reports one that is recorded twice in a month', async () => {
    const story = newStory();
    const repeated = story.login(1, '2026-12-02T00:00:00.000Z');
    await appendFacts(store, [...eligible(story), repeated]);
    expect(await run()).toMatchObject({
      ok: true,
      notes: [{ rule: 'LOGIN_ID_REPEATED', stream: repeated.stream, revision: 0, message: 'login login-1 counts once' }],
    });
    expect(await rulesAfter(repeated)).toEqual(['LOGIN_RECORDED_TWICE']);
  });

  it('accepts the login with a repeated id that is in the window, even if it was recorded last', async () => {
    const story = newStory();
    const outside = story.login(1, '2026-10-02T00:00:00.000Z');
    expect(await rulesAfter(...story.catalogue, outside, ...eligible(story).slice(4))).toEqual([]);
  });

  describe('of completions and claims', () => {
    it.each<[Rule, (story: Story) => Fact[]]>([
      ['COMPLETED_WITHOUT_CONDITION', (story) => [...eligible(story).slice(0, -1), story.completed()]],
      ['COMPLETED_TWICE', (story) => [...completed(story), story.completed()]],
      [
        'COMPLETED_AFTER_CLOSE',
        (story) => [...eligible(story), altered<'EventCompleted'>(story.completed(), { at: '2026-12-15T00:00:00.000Z' })],
      ],
      ['WRONG_PROMISE', (story) => [...eligible(story), story.completed([ELIXIR, { ...SAUNA, amount: 6 }])]],
      ['WRONG_PROMISE', (story) => [...eligible(story), story.rewardChanged(SAUNA.name, 9), story.completed()]],
      ['WRONG_PROMISE', (story) => [...eligible(story), story.withdrawn(SAUNA.name), story.completed([ELIXIR])]],
      ['CLAIMED_WITHOUT_COMPLETION', (story) => [...eligible(story), grant(story)]],
      [
        'CLAIMED_AFTER_CLOSE',
        (story) => [...completed(story), altered<'RewardClaimed'>(grant(story), { at: '2026-12-15T00:00:00.000Z' })],
      ],
      [
        'CLAIMED_UNPROMISED',
        (story) => [...completed(story), altered<'RewardClaimed'>(grant(story), { rewardName: '없는 보상' })],
      ],
      [
        'CLAIMED_MORE_THAN_PROMISED',
        (story) => [...completed(story), story.claimed(101, ELIXIR, { claimed: 101, remaining: -1 })],
      ],
      ['CLAIMED_TOO_LITTLE', tooSmallClaim],
      ['REQUEST_GRANTED_TWICE', (story) => [...completed(story), grant(story), grant(story)]],
      ['WRONG_CLAIM', (story) => [...completed(story), story.claimed(20, ELIXIR, { claimed: 20, remaining: 81 })]],
      ['WRONG_CLAIM', (story) => [...completed(story), altered<'RewardClaimed'>(grant(story), { requested: 19 })]],
      ['WRONG_CLAIM', (story) => [...completed(story), altered<'RewardClaimed'>(grant(story), { requested: 'all' })]],
      ['WRONG_CLAIM', (story) => [...completed(story), story.claimed(0, ELIXIR, { claimed: 0, remaining: 100 })]],
    ])('finds %s (%#)', async (rule, facts) => expect(await rulesAfter(...facts(newStory()))).toContain(rule));

    it('accepts a small claim that was granted before there was a minimum', async () => {
      const facts = tooSmallClaim(newStory());
      expect(await rulesAfter(...facts.slice(0, -1), { ...(facts.at(-1) as Fact), schemaVersion: 1 })).toEqual([]);
    });

    it('accepts a small claim of all that remains', async () => {
      const story = newStory();
      const pile = { ...ELIXIR, amount: 5_000 };
      const claims = [
        story.claimed(4_999, pile, { claimed: 4_999, remaining: 1 }),
        story.claimed(1, pile, { claimed: 5_000, remaining: 0 }),
      ];
      expect(await rulesAfter(...tooSmallClaim(story).slice(0, -1), ...claims)).toEqual([]);
    });

    it('accepts a promise that later increases raise and later cuts do not lower', async () => {
      const story = newStory();
      const raised = { ...SAUNA, amount: 9 };
      expect(
        await rulesAfter(
          ...eligible(story),
          story.rewardChanged(SAUNA.name, 9),
          story.withdrawn(ELIXIR.name),
          story.completed([ELIXIR, raised]),
        ),
      ).toEqual([]);
    });

    it('does not require a completion to include an increase that is dated after it', async () => {
      const story = newStory();
      const changed = story.rewardChanged(SAUNA.name, 9);
      const late = {
        ...changed,
        event: { ...changed.event, data: { ...(changed.event.data as object), at: '2026-11-05T00:00:00.001Z' } },
      };
      expect(await rulesAfter(...eligible(story), late, story.completed())).toEqual([]);
    });
  });

  describe('of read models', () => {
    let documents: Collection<object>;
    let stored: Stored<object>;
    const story = newStory();

    beforeEach(async () => {
      const position = await appendFacts(store, [ENDPOINT, ...calendar().facts, ...completed(story), grant(story)]);
      const projections = await createProjections(settings, createLogger('projections', 'silent'));
      const checkpoints = new Checkpoints(views);
      await until(
        'every read model to catch up',
        async () => [...(await checkpoints.loadAll(PROJECTIONS.map(({ name }) => name))).values()],
        (states) => states.length === PROJECTIONS.length && states.every(({ live }) => live.position >= position),
      );
      await projections.close();
      documents = await views.collection<object>({ name: readModelCollection('participations', 1), indexes: [] });
      stored = (await documents.get(story.stream)) as Stored<object>;
    });
    const replaceBy = async (document: object, position = stored.position ?? START) => {
      await documents.delete(stored.id, stored.version);
      await documents.writeNewer([{ id: stored.id, position, document }]);
    };
    const rulesFound = async () => (await run()).findings.map(({ rule, stream }) => [rule, stream]);

    it('finds no errors in correct read models', async () => {
      const { ok, checked } = await run();
      expect(ok).toBe(true);
      expect(checked.documents).toMatchObject({ events: 2, participations: 3, claims: 4, deliveries: 4 });
      expect(checked.deliveries).toBe(4);
    });

    it('prints the progress and the result of a command without findings', async () => {
      const { code, lines, progress } = await command();
      expect(lines.at(-1)).toBe('The books are right.');
      expect(lines).toContainEqual(
        expect.stringMatching(/^Documents compared with the log: events 2, participations 3, claims 4/),
      );
      expect(code).toBe(0);
      expect(progress).toEqual([
        'Reading the log …',
        'Checking the accounts …',
        ...PROJECTIONS.map(({ name }) => `Comparing the read model ${name} …`),
      ]);
    });

    it('prints that no read model was compared and where they were expected, and exits with 2', async () => {
      const { code, lines } = await command({ ...settings, dataDir: copyOf('events.db') });
      expect(lines).toContainEqual(
        expect.stringMatching(/^No read model was compared: the embedded document store in .* has none .*MONGODB_URL/),
      );
      expect(lines.at(-1)).toBe('The check is incomplete.');
      expect(code).toBe(2);
    });

    it('rejects the command with the name of a damaged file', async () => {
      const dataDir = copyOf('events.db', 'views.db');
      writeFileSync(join(dataDir, 'views.db'), 'something else entirely'.repeat(1_000));
      await expect(command({ ...settings, dataDir })).rejects.toThrow(/views\.db is damaged .*delete it .*rebuilt from the log/);
    });

    it('compares a document with the fold up to its own position', async () => {
      await appendFacts(store, [story.claimed(5, SAUNA, { claimed: 5, remaining: 0 })]);
      expect((await run()).ok).toBe(true);
    });

    it('reports a document that differs from the fold of its events', async () => {
      await replaceBy({ ...stored.document, progress: 4 });
      expect(await rulesFound()).toEqual([['READ_MODEL_DIFFERS', `participations/${story.stream}`]]);
    });

    it('reports a document that lacks its last event', async () => {
      const [participations] = PROJECTIONS.filter(({ name }) => name === 'participations');
      const older = { ...(stored.document as { rewards: object[] }) };
      const rewards = older.rewards.map((reward) => ({
        ...reward,
        claimed: 0,
        remaining: (reward as { amount: number }).amount,
      }));
      // The completion, which is the event before the claim.
      let completion = START;
      for await (const { events: facts } of store.subscribe({ after: START, prefixes: participations?.prefixes })) {
        completion = facts.at(-2)?.position ?? START;
        break;
      }
      await replaceBy({ ...older, rewards }, completion);
      expect(await rulesFound()).toEqual([['READ_MODEL_DIFFERS', `participations/${story.stream}`]]);
    });

    it.each<[ReadModelName, object]>([
      ['participations', { milestones: [] }],
      ['participations', { rewards: [] }],
      ['participations', { cycle: '2027-03-15' }],
      ['claims', { milestone: 2 }],
      ['claims', { cycle: null }],
      ['statistics', { milestones: [{ count: 1, eligible: 1, completed: 2 }] }],
      ['statistics', { cycle: null }],
      ['events', { milestones: [] }],
      ['events', { autoClaim: false }],
    ])('reports a document of %s with another cycle or milestone: %j', async (name, change) => {
      const collection = await views.collection<object>({ name: readModelCollection(name, 1), indexes: [] });
      const all = await collection.scan(null, 100);
      const found = all.find(({ document }) =>
        Object.keys(change).every((field) => (document as Record<string, unknown>)[field]),
      );
      if (!found) throw new Error('no document to change');
      await collection.delete(found.id, found.version);
      await collection.writeNewer([
        { id: found.id, position: found.position ?? START, document: { ...found.document, ...change } },
      ]);
      expect(await rulesFound()).toEqual([['READ_MODEL_DIFFERS', `${name}/${found.id}`]]);
    });

    it('reports a delivery that the read model lacks, also by its own choice of the endpoint', async () => {
      const deliveries = await views.collection<object>({ name: readModelCollection('deliveries', 1), indexes: [] });
      const [delivery] = await deliveries.scan(null, 1);
      if (!delivery) throw new Error('there is no delivery');
      await deliveries.delete(delivery.id, delivery.version);
      expect(await rulesFound()).toEqual([
        ['DELIVERY_MISSING', expect.stringMatching(/^participation-/)],
        ['READ_MODEL_MISSES', `deliveries/${delivery.id}`],
      ]);
    });

    it('reports a missing document', async () => {
      await documents.delete(stored.id, stored.version);
      expect(await rulesFound()).toEqual([['READ_MODEL_MISSES', `participations/${story.stream}`]]);
    });

    it('gives the same report in two parts as in one', async () => {
      await appendFacts(store, [grant(story)]);
      await replaceBy({ ...stored.document, progress: 4 });
      const claims = await views.collection<object>({ name: readModelCollection('claims', 1), indexes: [] });
      const [claim] = await claims.scan(null, 1);
      if (!claim) throw new Error('there is no claim');
      await claims.delete(claim.id, claim.version);
      const engines = { store, views, checkpoints: new Checkpoints(views), upcast };
      const options = { signal: new AbortController().signal, patienceMs: 0, now: () => 0 };
      const whole = await verify(PROJECTIONS, engines, options);
      const [accounts, events] = [
        await verify(PROJECTIONS, engines, { ...options, parts: ['accounts'] }),
        await verify(PROJECTIONS, engines, { ...options, parts: ['events'] }),
      ];
      const names = PROJECTIONS.map(({ name }) => name);
      expect(combined(accounts, events, names)).toEqual({ ...whole, findings: expect.any(Array) as unknown });
      expect(
        combined(accounts, events, names)
          .findings.map(({ rule }) => rule)
          .toSorted(),
      ).toEqual(['READ_MODEL_DIFFERS', 'READ_MODEL_MISSES', 'REQUEST_GRANTED_TWICE', 'WRONG_CLAIM']);
    });

    it('reports a document without events in the log', async () => {
      await documents.writeNewer([
        { id: 'participation-invented', position: stored.position ?? START, document: stored.document },
      ]);
      expect(await rulesFound()).toEqual([['READ_MODEL_HAS_MORE', 'participations']]);
    });
  });
});
