import i18next from 'i18next';
import { wordTexts } from './word-texts';
import { eventWords, listCycles, type PromisedEvent as Promised } from './words';

const event: Promised = {
  startsAt: '2026-11-30T15:00:00.000Z',
  endsAt: '2026-12-28T15:00:00.000Z',
  claimsUntil: '2027-01-11T20:00:00.000Z',
  timeZone: 'Asia/Seoul',
  dayStartsAt: '05:00',
  condition: { type: 'LOGIN_DAYS', count: 3 },
  cycle: null,
  autoComplete: false,
  autoClaim: false,
  milestones: [{ count: 3, rewards: [{ name: 'Potion', amount: 1_000, type: 'ITEM' }] }],
};
const inEnglish = (changes: Partial<Promised> = {}) => eventWords({ ...event, ...changes }, 'en');
const inKorean = (changes: Partial<Promised> = {}) => eventWords({ ...event, ...changes }, 'ko');

beforeAll(async () => {
  await i18next.init({
    lng: 'en',
    resources: { en: { eventWords: wordTexts.en }, ko: { eventWords: wordTexts.ko } },
    interpolation: { escapeValue: false },
  });
});

describe('the words of an event', () => {
  it('say what to do, when a day begins, and what to take', () => {
    expect(inEnglish()).toEqual({
      sentences: [
        'Log in on 3 different days between 1 December 2026 00:00 and 28 December 2026 24:00.',
        'A day begins at 05:00 in Seoul.',
        'Then complete the event, and take up to 1,000 × Potion until 12 January 2027 05:00.',
      ],
      milestones: [],
    });
    expect(inKorean().sentences).toEqual([
      '2026년 12월 1일 00:00부터 2026년 12월 28일 24:00까지 서로 다른 3일에 로그인하면 됩니다.',
      expect.stringMatching(/^하루는 (한국 표준시|대한민국 시간) 05:00에 시작합니다\.$/),
      '이벤트를 완료한 뒤 2027년 1월 12일 05:00까지 Potion 1,000개를 받을 수 있습니다.',
    ]);
  });

  it.each([
    [{ type: 'LOGIN_COUNT', count: 1 }, 'Log in once between', '1번 로그인하면'],
    [{ type: 'LOGIN_COUNT', count: 5 }, 'Log in 5 times between', '5번 로그인하면'],
    [{ type: 'LOGIN_DAYS', count: 1 }, 'Log in on 1 day between', '서로 다른 1일에 로그인하면'],
    [{ type: 'LOGIN_STREAK', count: 7, graceDays: 0 }, 'Log in on 7 days in a row between', '7일 연속으로 로그인하면'],
    [
      { type: 'LOGIN_STREAK', count: 7, graceDays: 1 },
      'Log in on 7 days in a row, of which 1 may be missed, between',
      '7일 연속으로 로그인(그중 1일은 빠져도 인정)하면',
    ],
    [
      { type: 'LOGIN_STREAK', count: 7, graceDays: 2 },
      'Log in on 7 days in a row, of which 2 may be missed, between',
      '7일 연속으로 로그인(그중 2일은 빠져도 인정)하면',
    ],
  ] as const)('of the condition %j begin with %j', (condition, english, korean) => {
    expect(inEnglish({ condition }).sentences[0]).toContain(english);
    expect(inKorean({ condition }).sentences[0]).toContain(korean);
  });

  it('do not say when a day begins if every login counts', () =>
    expect(inEnglish({ condition: { type: 'LOGIN_COUNT', count: 5 } }).sentences).toHaveLength(2));

  it('name each milestone', () => {
    const gold = { name: 'Gold', amount: 10, type: 'CURRENCY' } as const;
    const milestones = [
      { count: 1, rewards: [gold] },
      { count: 3, rewards: [gold, { name: 'Sword', amount: 1, type: 'ITEM' as const }] },
    ];
    expect(inEnglish({ milestones })).toMatchObject({
      sentences: [expect.anything(), expect.anything(), expect.stringContaining('each of the 2 milestones on the way')],
      milestones: ['1 day: 10 × Gold', '3 days: 10 × Gold and 1 × Sword'],
    });
    expect(inKorean({ milestones }).milestones).toEqual(['1일: Gold 10개', '3일: Gold 10개, Sword 1개']);
    expect(inEnglish({ milestones, condition: { type: 'LOGIN_COUNT', count: 3 } }).milestones[0]).toBe('1 login: 10 × Gold');
  });

  it.each([
    ['DAY', 'Log in on 3 different days each day', 'every day', '매일'],
    ['WEEK', 'each week between', 'every Monday', '매주 월요일'],
    ['MONTH', 'each month between', 'first of every month', '매월 1일'],
  ] as const)('of a cycle of a %s say when it begins again', (cycle, goal, again, korean) => {
    const { sentences } = inEnglish({ cycle });
    expect(sentences[0]).toContain(goal);
    expect(sentences[2]).toContain(again);
    expect(inKorean({ cycle }).sentences[2]).toContain(korean);
  });

  it('say what happens by itself', () => {
    const automatic = { autoComplete: true };
    expect(inEnglish(automatic).sentences[2]).toContain('completes the event by itself');
    expect(inEnglish({ ...automatic, autoClaim: true }).sentences[2]).toBe('The last login grants 1,000 × Potion by itself.');
    expect(inKorean({ ...automatic, autoClaim: true }).sentences[2]).toBe(
      '마지막 로그인과 함께 Potion 1,000개가 자동으로 지급됩니다.',
    );
  });

  it('say that there is no reward yet', () =>
    expect(inEnglish({ milestones: [{ count: 3, rewards: [] }] }).sentences[2]).toBe('There is no reward yet.'));
});

describe('the cycles of an event', () => {
  const listed = (cycle: 'DAY' | 'WEEK' | 'MONTH', changes: Partial<Promised> = {}) => {
    const { first, last, total } = listCycles({ ...event, dayStartsAt: '00:00', ...changes, cycle }, 2);
    const short = (each: (typeof first)[number] | null) => each && `${each.cycle}${each.isCut ? ' cut' : ''}`;
    return { first: first.map(short), last: short(last), total };
  };

  it('are listed, and those that the window cuts short are marked', () => {
    expect(listed('WEEK')).toEqual({ first: ['2026-11-30 cut', '2026-12-07'], last: '2026-12-28 cut', total: 5 });
    expect(listed('MONTH')).toEqual({ first: ['2026-12-01 cut'], last: null, total: 1 });
    expect(listed('DAY')).toEqual({ first: ['2026-12-01', '2026-12-02'], last: '2026-12-28', total: 28 });
  });

  it('are not counted beyond a thousand', () =>
    expect(listed('DAY', { endsAt: '2036-12-28T15:00:00.000Z' })).toMatchObject({ last: null, total: null }));
});
