import i18next from 'i18next';
import { translate } from '../../shared/i18n/texts';
import { answersOf, evidenceOf, partsOf, type Explained, type ExplainedEvent, type JudgedLogin, type WhyTexts } from './why';
import { whyTexts } from './why-texts';

const t: WhyTexts = (key, values) => translate(whyTexts, key, values);
const use = (language: 'en' | 'ko') =>
  i18next.init({
    lng: language,
    resources: { [language]: { why: whyTexts[language] } },
    interpolation: { escapeValue: false },
  });

const EVENT: ExplainedEvent = {
  status: 'ACTIVE',
  startsAt: '2026-11-20T00:00:00.000Z',
  endsAt: '2026-11-30T00:00:00.000Z',
  claimsUntil: '2026-12-14T00:00:00.000Z',
  condition: { type: 'LOGIN_DAYS', count: 3 },
};

type Codes = Readonly<Record<string, readonly [code: string | null, remaining: number]>>;

const milestone = (count: number, completion: string | null, codes: Codes) => ({
  count,
  completion: { allowed: completion === null, code: completion, message: '' },
  claims: Object.entries(codes).map(([rewardName, [code, remaining]]) => ({
    rewardName,
    allowed: code === null,
    code,
    remaining,
  })),
});

const explained = (
  milestones: readonly ReturnType<typeof milestone>[],
  { progress = 2, event = EVENT }: Partial<Omit<Explained, 'explain'>> = {},
): Explained => {
  const last = milestones.at(-1) ?? milestone(3, null, {});
  return { explain: { completion: last.completion, claims: last.claims, milestones: [...milestones] }, progress, event };
};

const only = (code: string | null, completion: string | null = null, remaining = 100) =>
  explained([milestone(3, completion, { potion: [code, remaining] })]);

const BLOCKED = [milestone(3, 'EVENT_NOT_OPEN', { potion: ['EVENT_NOT_OPEN', 100] })];
const CLOSED = { ...only('CLAIMS_CLOSED', 'CLAIMS_CLOSED'), progress: 3 };

const CASES: readonly (readonly [string, Explained, readonly string[], readonly string[]])[] = [
  ['a reward that can be claimed', only(null), ['Can claim 100 potion.'], ['potion 100개: 지금 받을 수 있습니다.']],
  [
    'too few days',
    only('NOT_COMPLETED', 'CONDITION_NOT_MET'),
    ['Cannot claim 100 potion: only 2 of 3 days count.'],
    ['potion 100개: 받을 수 없습니다. 3일 중 2일만 인정되었습니다.'],
  ],
  [
    'too few logins',
    { ...only('NOT_COMPLETED', 'CONDITION_NOT_MET'), event: { ...EVENT, condition: { type: 'LOGIN_COUNT', count: 3 } } },
    ['Cannot claim 100 potion: only 2 of 3 logins count.'],
    ['potion 100개: 받을 수 없습니다. 로그인 3회 중 2회만 인정되었습니다.'],
  ],
  [
    'too few days in a row',
    {
      ...only('NOT_COMPLETED', 'CONDITION_NOT_MET'),
      event: { ...EVENT, condition: { type: 'LOGIN_STREAK', count: 3, graceDays: 0 } },
    },
    ['Cannot claim 100 potion: only 2 of 3 days in a row count.'],
    ['potion 100개: 받을 수 없습니다. 연속 3일 중 2일만 인정되었습니다.'],
  ],
  [
    'no login that counts',
    { ...only('NOT_COMPLETED', 'CONDITION_NOT_MET'), progress: 0 },
    ['Cannot claim 100 potion: no login counts yet, and 3 are needed.'],
    ['potion 100개: 받을 수 없습니다. 인정된 로그인이 아직 없으며 3회가 필요합니다.'],
  ],
  [
    'a condition that is met without a completion',
    only('NOT_COMPLETED'),
    ['Has met the condition and can complete the event now. The rewards can be claimed after that.'],
    ['조건을 달성하여 지금 완료할 수 있습니다. 완료한 뒤에 보상을 받을 수 있습니다.'],
  ],
  [
    'a reward on hold',
    only('REWARD_ON_HOLD', null, 1500),
    ['Cannot claim 1,500 potion: an operator has put the reward on hold.'],
    ['potion 1,500개: 받을 수 없습니다. 운영자가 이 보상의 지급을 보류했습니다.'],
  ],
  [
    'rewards in different situations',
    explained([
      milestone(3, null, {
        potion: [null, 20],
        gem: ['INSUFFICIENT_REMAINING', 0],
        ticket: ['INSUFFICIENT_REMAINING', 0],
      }),
    ]),
    ['Can claim 20 potion.', 'Cannot claim gem, ticket: everything was claimed.'],
    ['potion 20개: 지금 받을 수 있습니다.', 'gem, ticket: 받을 수 없습니다. 이미 모두 받았습니다.'],
  ],
  ['nothing left', only('INSUFFICIENT_REMAINING', null, 0), ['Has claimed everything.'], ['모든 보상을 받았습니다.']],
  [
    'a paused event',
    explained(BLOCKED, { progress: 3, event: { ...EVENT, status: 'PAUSED' } }),
    ['Cannot complete or claim anything now: the event is paused.'],
    ['지금은 완료하거나 보상을 받을 수 없습니다. 이벤트가 일시 중지되어 있습니다.'],
  ],
  [
    'a scheduled event',
    explained(BLOCKED, { progress: 0, event: { ...EVENT, status: 'SCHEDULED' } }),
    ['Cannot complete or claim anything now: the event begins on ⟦2026-11-20T00:00:00.000Z⟧.'],
    ['지금은 완료하거나 보상을 받을 수 없습니다. 이벤트는 ⟦2026-11-20T00:00:00.000Z⟧에 시작됩니다.'],
  ],
  [
    'an event that is not loaded',
    explained(BLOCKED, { progress: 3, event: null }),
    ['Cannot complete or claim anything now: the event is not open.'],
    ['지금은 완료하거나 보상을 받을 수 없습니다. 이벤트가 열려 있지 않습니다.'],
  ],
  [
    'closed claims',
    CLOSED,
    ['Cannot complete or claim anything now: the time for claims ended on ⟦2026-12-14T00:00:00.000Z⟧.'],
    ['지금은 완료하거나 보상을 받을 수 없습니다. 수령 기간이 ⟦2026-12-14T00:00:00.000Z⟧에 끝났습니다.'],
  ],
  [
    'closed claims of a player who was not there yet',
    { ...CLOSED, progress: 2 },
    [
      'Cannot complete or claim anything now: the time for claims ended on ⟦2026-12-14T00:00:00.000Z⟧.',
      'Also, only 2 of 3 days count.',
    ],
    [
      '지금은 완료하거나 보상을 받을 수 없습니다. 수령 기간이 ⟦2026-12-14T00:00:00.000Z⟧에 끝났습니다.',
      '또한 3일 중 2일만 인정되었습니다.',
    ],
  ],
  [
    'a deleted event',
    { ...only('NOT_FOUND', 'NOT_FOUND'), progress: 3 },
    ['Cannot complete or claim anything now: the event is a draft or deleted, so players cannot see it.'],
    ['지금은 완료하거나 보상을 받을 수 없습니다. 이벤트가 초안이거나 삭제되어 플레이어에게 보이지 않습니다.'],
  ],
  [
    'an unreadable history',
    { ...only('UNAVAILABLE', 'UNAVAILABLE'), progress: 3 },
    ['Cannot complete or claim anything now: a recorded event cannot be read by this version of the system.'],
    ['지금은 완료하거나 보상을 받을 수 없습니다. 이 버전의 시스템이 읽을 수 없는 기록이 있습니다.'],
  ],
  [
    'a code of a later version',
    only('BLOCKED_BY_MOON'),
    ['Cannot claim 100 potion: the request would be rejected with BLOCKED_BY_MOON.'],
    ['potion 100개: 받을 수 없습니다. 요청하면 거부됩니다(BLOCKED_BY_MOON).'],
  ],
  [
    'milestones: what is open, the next one and the last one',
    explained(
      [
        milestone(1, null, { gold: ['INSUFFICIENT_REMAINING', 0] }),
        milestone(2, null, { gold: [null, 500] }),
        milestone(7, 'CONDITION_NOT_MET', { gem: ['NOT_COMPLETED', 10] }),
        milestone(14, 'CONDITION_NOT_MET', { gem: ['NOT_COMPLETED', 10] }),
        milestone(28, 'CONDITION_NOT_MET', { potion: ['NOT_COMPLETED', 100] }),
      ],
      { progress: 2 },
    ),
    [
      'Milestone 2: can claim 500 gold.',
      'Milestone 7: cannot claim 10 gem: only 2 of 7 days count.',
      'Cannot claim 100 potion: only 2 of 28 days count.',
    ],
    [
      '2단계 gold 500개: 지금 받을 수 있습니다.',
      '7단계 gem 10개: 받을 수 없습니다. 7일 중 2일만 인정되었습니다.',
      'potion 100개: 받을 수 없습니다. 28일 중 2일만 인정되었습니다.',
    ],
  ],
  [
    'a milestone that is reached but not completed',
    explained([
      milestone(1, null, { gold: ['NOT_COMPLETED', 500] }),
      milestone(3, 'CONDITION_NOT_MET', { potion: ['NOT_COMPLETED', 100] }),
    ]),
    [
      'Has reached milestone 1 and can complete it now. Its rewards can be claimed after that.',
      'Cannot claim 100 potion: only 2 of 3 days count.',
    ],
    [
      '1단계를 달성하여 지금 완료할 수 있습니다. 완료한 뒤에 보상을 받을 수 있습니다.',
      'potion 100개: 받을 수 없습니다. 3일 중 2일만 인정되었습니다.',
    ],
  ],
];

const login = (at: string, reason: JudgedLogin['reason']): JudgedLogin => ({
  loginId: at,
  at: `2026-11-${at}:00.000Z`,
  day: null,
  counted: reason === null,
  reason,
});

const EVIDENCE: readonly (readonly [JudgedLogin['reason'], string, string, string])[] = [
  ['PAUSED', '25T14:10', 'fell into a pause of the event', '이벤트가 일시 중지된 시간이었습니다'],
  ['OUTSIDE_WINDOW', '19T14:10', 'came before the event began', '이벤트 시작 전이었습니다'],
  ['OUTSIDE_WINDOW', '30T00:00', 'came after the event ended', '이벤트 종료 후였습니다'],
  ['OUTSIDE_WINDOW', '25T14:10', 'came while the event did not run', '이벤트가 진행되지 않는 시간이었습니다'],
  ['OTHER_CYCLE', '25T14:10', 'belongs to another cycle', '다른 주기에 속합니다'],
  ['SAME_DAY', '25T14:10', 'was on a day that counts already', '이미 인정된 날의 로그인입니다'],
  ['REPEATED', '25T14:10', 'was a repetition of another login', '다른 로그인과 중복된 것입니다'],
  ['ALREADY_MET', '25T14:10', 'came after the condition was met', '조건을 이미 달성한 뒤였습니다'],
];

describe('the words of what a player can do', () => {
  it.each(CASES)('say it in English: %s', async (_name, situation, english) => {
    await use('en');
    expect(answersOf(situation, t, 'en').map(({ text }) => text)).toEqual(english);
  });

  it.each(CASES)('say it in Korean: %s', async (_name, situation, _english, korean) => {
    await use('ko');
    expect(answersOf(situation, t, 'ko').map(({ text }) => text)).toEqual(korean);
  });

  it('mark what needs attention', () => {
    const tones = (situation: Explained) => answersOf(situation, t, 'en').map(({ tone }) => tone);
    expect(tones(only(null))).toEqual(['good']);
    expect(tones(only('REWARD_ON_HOLD'))).toEqual(['warn']);
    expect(tones(only('INSUFFICIENT_REMAINING', null, 0))).toEqual(['quiet']);
  });
});

describe('the words of logins that did not count', () => {
  it.each(EVIDENCE)('give the reason %s of the login of %s', async (reason, at, english, korean) => {
    await use('en');
    expect(evidenceOf([login(at, reason)], EVENT, t)).toEqual([`The login of ⟦2026-11-${at}:00.000Z⟧ ${english}.`]);
    await use('ko');
    expect(evidenceOf([login(at, reason)], EVENT, t)).toEqual([`⟦2026-11-${at}:00.000Z⟧ 로그인은 ${korean}.`]);
  });

  it('count several logins with one reason, and leave out those that count', async () => {
    await use('en');
    const logins = [
      login('24T01:00', null),
      login('24T02:00', 'SAME_DAY'),
      login('25T01:00', 'PAUSED'),
      login('26T02:00', 'SAME_DAY'),
    ];
    expect(evidenceOf(logins, EVENT, t)).toEqual([
      'The login of ⟦2026-11-25T01:00:00.000Z⟧ fell into a pause of the event.',
      '2 logins were on days that count already, the last one on ⟦2026-11-26T02:00:00.000Z⟧.',
    ]);
  });
});

it('splits a sentence at its times', () => {
  expect(partsOf('The login of ⟦2026-11-25T01:00:00.000Z⟧ counts.')).toEqual([
    'The login of ',
    '2026-11-25T01:00:00.000Z',
    ' counts.',
  ]);
});
