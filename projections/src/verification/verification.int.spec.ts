import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  readModelCollection,
  START,
  streams,
  type Condition,
  type DomainEvent,
  type ParticipationEvent,
} from '@rewards/contracts';
import type { Collection, DocumentStore, Stored } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { createLogger, readSettings, type Settings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { createProjections } from '../projections';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { append, ELIXIR, factsOfEvent, factsOfParticipation, SAUNA, type Fact } from '../testing/facts';
import { until } from '../testing/until';
import type { Rule } from './findings';
import { verify } from './verification';

type DataOf<Type extends ParticipationEvent['type']> = Extract<ParticipationEvent, { readonly type: Type }>['data'];

/** Facts of one account in one event whose books are right, to be put out of order by a test. */
const newStory = () => {
  const [eventId, accountId] = [randomUUID(), randomUUID()];
  const event = factsOfEvent(eventId);
  const participation = factsOfParticipation(eventId, accountId);
  const loginId = (number: number) => `login-${number}`;
  const day = (number: number) => `2026-11-0${number + 1}`;
  return {
    ...event,
    ...participation,
    eventId,
    catalogue: [event.created(), event.added(ELIXIR), event.added(SAUNA), event.published()],
    login: (number: number, at = `${day(number)}T00:00:00.000Z`): Fact => ({
      stream: streams.login(accountId, at),
      event: { type: 'LoggedIn', data: { loginId: loginId(number), accountId, at } },
    }),
  };
};
type Story = ReturnType<typeof newStory>;

/** A fact with other data. */
const altered = <Type extends ParticipationEvent['type']>(fact: Fact, data: Partial<DataOf<Type>>): Fact => ({
  stream: fact.stream,
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
const grant = (story: Story) => story.claimed(20, ELIXIR, { claimed: 20, remaining: 80 });

describe('verification', () => {
  let settings: Settings;
  let events: EventStore;
  let views: DocumentStore;

  beforeEach(() => {
    settings = readSettings({ DATA_DIR: mkdtempSync(join(tmpdir(), 'verification-')) });
    events = openEventStore(settings, 'write');
    views = openDocumentStore(settings, 'views', 'write');
  });

  afterEach(async () => {
    await Promise.all([events.close(), views.close()]);
    rmSync(settings.dataDir, { recursive: true });
  });

  const run = (patienceMs = 0) =>
    verify(
      PROJECTIONS,
      { events, views, checkpoints: new Checkpoints(views) },
      { signal: new AbortController().signal, patienceMs },
    );
  const found = async (...facts: readonly Fact[]): Promise<readonly Rule[]> => {
    await append(events, facts);
    const { ok, findings } = await run();
    expect(ok).toBe(findings.length === 0);
    return [...new Set(findings.map(({ rule }) => rule))];
  };

  it('reckons days from the beginning that the event says', async () => {
    const story = newStory();
    const { event: created, ...place } = story.created({ dayStartsAt: '05:00', condition: { type: 'LOGIN_DAYS', count: 3 } });
    const night = '2026-11-01T19:00:00.000Z';
    const begun = story.started();
    const facts = (day: string): Fact[] => [
      { ...place, event: created },
      ...story.catalogue.slice(1),
      story.login(1, night),
      {
        ...begun,
        event: { ...begun.event, data: { ...(begun.event.data as object), condition: { type: 'LOGIN_DAYS', count: 3 } } },
      },
      counted(story.counted(1), { at: night, day }),
    ];
    expect(await found(...facts('2026-11-01'))).toEqual([]);
    expect(await found(counted(story.counted(2), { loginId: 'login-1', at: night, day: '2026-11-02' }))).toContain(
      'WRONG_PROGRESS',
    );
  });

  it('finds the books of a whole story right, and says what it read', async () => {
    const story = newStory();
    const all = [
      ...completed(story),
      grant(story),
      story.claimRefused(),
      story.claimed(80, ELIXIR, { requested: 'all', claimed: 100, remaining: 0 }),
      story.paused(),
      story.deleted(),
    ];
    const position = await append(events, all);
    expect(await run()).toEqual({
      ok: true,
      position,
      finishedAt: expect.any(String) as string,
      checked: {
        events: 1,
        accounts: 1,
        logins: 3,
        participationFacts: 7,
        documents: Object.fromEntries(PROJECTIONS.map(({ name }) => [name, 0])),
        findings: 0,
      },
      findings: [],
    });
  });

  it('finds an empty log right', async () => expect((await run()).ok).toBe(true));

  it('says where and what', async () => {
    const story = newStory();
    await append(events, [...completed(story), grant(story), grant(story)]);
    expect((await run()).findings[0]).toEqual({
      rule: 'REQUEST_GRANTED_TWICE',
      stream: story.stream,
      revision: 6,
      message: 'request request-20',
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
      ['TERMS_DIFFER', (story) => [...eligible(story).slice(0, 7), story.started([ELIXIR]), ...[1, 2, 3].map(story.counted)]],
      ['WRONG_PROGRESS', (story) => [...eligible(story).slice(0, -1), counted(story.counted(3), { progress: 2 })]],
      ['WRONG_PROGRESS', (story) => [...eligible(story).slice(0, -1), counted(story.counted(3), { conditionMet: false })]],
      ['WRONG_PROGRESS', (story) => [...eligible(story).slice(0, -1), counted(story.counted(3), { day: '2026-11-30' })]],
      ['LOGIN_MISSING', (story) => eligible(story).slice(0, -1)],
      ['LOGIN_MISSING', (story) => [...story.catalogue, story.login(1)]],
    ])('finds %s (%#)', async (rule, facts) => expect(await found(...facts(newStory()))).toContain(rule));

    it('judges a login by the facts before it', async () => {
      const story = newStory();
      expect(
        await found(...eligible(story), story.ended('2026-11-02T00:00:00.000Z'), story.rewardChanged(SAUNA.name, 1)),
      ).toEqual([]);
    });

    it('waits a moment for a login that is being counted', async () => {
      const story = newStory();
      await append(events, eligible(story).slice(0, -1));
      const running = run(10_000);
      await append(events, [story.counted(3)]);
      expect((await running).ok).toBe(true);
    });
  });

  describe('of an event that looks back', () => {
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

    it('waits for the logins from before its publication', async () => expect(await found(...late(newStory()))).toEqual([]));

    it('misses one that was left out', async () => {
      const story = newStory();
      expect(await found(...late(story), backfilled(story))).toEqual(['LOGIN_MISSING']);
      expect(await found(story.counted(2))).toEqual([]);
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

    it('asks for one login of each', async () => expect(await found(...start(), sameDay)).toEqual([]));

    it('finds COUNTED_TWICE for a second one', async () => {
      const twice = counted(story.counted(1), { loginId: 'login-7', at: '2026-11-02T14:45:00.000Z' });
      expect(await found(...start(), sameDay, twice)).toEqual(['COUNTED_TWICE']);
    });

    it('finds LOGIN_MISSING for a day without one', async () => {
      expect(await found(...start(), story.login(8, '2026-11-02T15:15:00.000Z'))).toEqual(['LOGIN_MISSING']);
    });
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
      ['REQUEST_GRANTED_TWICE', (story) => [...completed(story), grant(story), grant(story)]],
      ['WRONG_CLAIM', (story) => [...completed(story), story.claimed(20, ELIXIR, { claimed: 20, remaining: 81 })]],
      ['WRONG_CLAIM', (story) => [...completed(story), altered<'RewardClaimed'>(grant(story), { requested: 19 })]],
      ['WRONG_CLAIM', (story) => [...completed(story), altered<'RewardClaimed'>(grant(story), { requested: 'all' })]],
      ['WRONG_CLAIM', (story) => [...completed(story), story.claimed(0, ELIXIR, { claimed: 0, remaining: 100 })]],
    ])('finds %s (%#)', async (rule, facts) => expect(await found(...facts(newStory()))).toContain(rule));

    it('knows that a promise is raised by later increases, never cut', async () => {
      const story = newStory();
      const raised = { ...SAUNA, amount: 9 };
      expect(
        await found(
          ...eligible(story),
          story.rewardChanged(SAUNA.name, 9),
          story.withdrawn(ELIXIR.name),
          story.completed([ELIXIR, raised]),
        ),
      ).toEqual([]);
    });

    it('does not ask a completion for an increase that came with it', async () => {
      const story = newStory();
      const changed = story.rewardChanged(SAUNA.name, 9);
      const late = {
        ...changed,
        event: { ...changed.event, data: { ...(changed.event.data as object), at: '2026-11-05T00:00:00.001Z' } },
      };
      expect(await found(...eligible(story), late, story.completed())).toEqual([]);
    });
  });

  describe('of read models', () => {
    let documents: Collection<object>;
    let stored: Stored<object>;
    const story = newStory();

    beforeEach(async () => {
      const position = await append(events, [...completed(story), grant(story)]);
      const projections = await createProjections(settings, createLogger('projections', 'silent'));
      const checkpoints = new Checkpoints(views);
      await until(
        async () => [...(await checkpoints.loadAll(PROJECTIONS.map(({ name }) => name))).values()],
        (states) => states.length === PROJECTIONS.length && states.every(({ live }) => live.position >= position),
      );
      await projections.close();
      documents = await views.collection<object>({ name: readModelCollection('participations', 1), indexes: [] });
      stored = (await documents.get(story.stream)) as Stored<object>;
    });
    const replaceBy = async (document: object, position = stored.position ?? '') => {
      await documents.delete(stored.id, stored.version);
      await documents.writeNewer([{ id: stored.id, position, document }]);
    };
    const rulesFound = async () => (await run()).findings.map(({ rule, stream }) => [rule, stream]);

    it('finds them right', async () => {
      const { ok, checked } = await run();
      expect(ok).toBe(true);
      expect(checked.documents).toMatchObject({ events: 1, participations: 1, claims: 1 });
    });

    it('compares a document with the fold up to its own position', async () => {
      await append(events, [story.claimed(5, SAUNA, { claimed: 5, remaining: 0 })]);
      expect((await run()).ok).toBe(true);
    });

    it('finds one that is not the fold of its facts', async () => {
      await replaceBy({ ...stored.document, progress: 4 });
      expect(await rulesFound()).toEqual([['READ_MODEL_DIFFERS', `participations/${story.stream}`]]);
    });

    it('finds one that lost its last fact', async () => {
      const [participations] = PROJECTIONS.filter(({ name }) => name === 'participations');
      const older = { ...(stored.document as { rewards: object[] }) };
      const rewards = older.rewards.map((reward) => ({
        ...reward,
        claimed: 0,
        remaining: (reward as { amount: number }).amount,
      }));
      // The completion, the fact before the claim.
      let completion = '';
      for await (const { events: facts } of events.subscribe({ after: START, prefixes: participations?.prefixes })) {
        completion = facts.at(-2)?.position ?? '';
        break;
      }
      await replaceBy({ ...older, rewards }, completion);
      expect(await rulesFound()).toEqual([['READ_MODEL_DIFFERS', `participations/${story.stream}`]]);
    });

    it('finds one that is missing', async () => {
      await documents.delete(stored.id, stored.version);
      expect(await rulesFound()).toEqual([['READ_MODEL_MISSES', `participations/${story.stream}`]]);
    });

    it('finds one that nothing in the log explains', async () => {
      await documents.writeNewer([{ id: 'participation-invented', position: stored.position ?? '', document: stored.document }]);
      expect(await rulesFound()).toEqual([['READ_MODEL_HAS_MORE', 'participations']]);
    });
  });
});
