import type { Cycle, RewardType } from '@rewards/contracts/reward-event';
import { cycleOf, cyclesOf, type CyclePeriod } from '@rewards/domain/cycles';
import { startOfDay } from '@rewards/domain/conditions/index';
import type { Schemas } from '../../shared/api/client';
import { textsIn, type Language } from '../../shared/i18n/texts';
import { formatTime } from '../time/zones';
import { wordTexts } from './word-texts';

/** What is promised, as an answer or a body of the API has it. All milestones, ascending, the last one included. */
export interface PromisedEvent {
  readonly startsAt: string;
  readonly endsAt: string;
  readonly claimsUntil: string;
  readonly timeZone: string;
  readonly dayStartsAt: string;
  readonly condition: Schemas['Condition'];
  readonly cycle: Cycle | null;
  readonly autoComplete: boolean;
  readonly autoClaim: boolean;
  readonly milestones: readonly {
    readonly count: number;
    readonly rewards: readonly { readonly name: string; readonly amount: number; readonly type: RewardType }[];
  }[];
}

/** An event in words: sentences, and a line for each milestone if there are several. */
export interface EventWords {
  readonly sentences: readonly string[];
  readonly milestones: readonly string[];
}

/** Describes an event to a person who knows nothing about its fields. */
export const eventWords = (event: PromisedEvent, language: Language): EventWords => {
  const t = textsIn(wordTexts, language);
  const { condition, cycle, milestones, claimsUntil, timeZone, autoClaim, autoComplete } = event;
  const goal = t('goal', { condition: conditionWords(event, language), window: windowWords(event, language) });
  const until = endWords(claimsUntil, timeZone, language);
  const last = milestones.at(-1);
  const how = autoClaim ? 'Claim' : autoComplete ? 'Complete' : 'None';
  const several = milestones.length > 1;
  const rewards = last && last.rewards.length > 0 ? rewardWords(last.rewards, language) : null;
  const take = several
    ? t(`takeSeveral${how}`, { until, milestones: milestones.length })
    : rewards && t(`take${how}`, { rewards, until });
  return {
    sentences: [
      goal,
      ...(condition.type === 'LOGIN_COUNT' && cycle === null ? [] : [dayWords(event, language)]),
      ...(cycle === null ? [] : [t(`again${cycle}`)]),
      take ?? t('noRewards'),
    ],
    milestones: several
      ? milestones.map(({ count, rewards: each }) =>
          t(condition.type === 'LOGIN_COUNT' ? 'milestoneLogins' : 'milestoneDays', {
            count,
            rewards: rewardWords(each, language),
          }),
        )
      : [],
  };
};

const conditionWords = ({ condition, cycle }: PromisedEvent, language: Language): string => {
  const t = textsIn(wordTexts, language);
  const { type, count } = condition;
  const words = t(type, { count });
  const graceDays = condition.type === 'LOGIN_STREAK' ? condition.graceDays : 0;
  const withGrace = graceDays > 0 ? t('withGrace', { condition: words, count: graceDays }) : words;
  return cycle === null ? withGrace : t(`each${cycle}`, { condition: withGrace });
};

const windowWords = ({ startsAt, endsAt, timeZone }: PromisedEvent, language: Language): string =>
  textsIn(wordTexts, language)('window', {
    start: momentWords(startsAt, timeZone, language),
    end: endWords(endsAt, timeZone, language),
  });

const dayWords = ({ dayStartsAt, timeZone }: PromisedEvent, language: Language): string =>
  textsIn(wordTexts, language)(dayStartsAt === '00:00' ? 'dayAtMidnight' : 'dayAt', {
    time: dayStartsAt,
    zone: zoneName(timeZone, language),
  });

/** Name of a zone in a sentence: its city in English, and the name of its time in Korean. */
export const zoneName = (timeZone: string, language: Language): string => {
  if (language === 'en') return (timeZone.split('/').at(-1) ?? timeZone).replaceAll('_', ' ');
  const parts = new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'longGeneric' }).formatToParts(0);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
};

const dateWords = (at: number, timeZone: string, language: Language): string =>
  new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : 'ko', {
    timeZone,
    year: 'numeric',
    month: 'long',
    day: 'numeric',
  }).format(at);

const clock = (at: string, timeZone: string): string => formatTime(at, timeZone).slice(11);

/** A moment such as 1 December 2026 05:00. */
const momentWords = (at: string, timeZone: string, language: Language): string =>
  `${dateWords(Date.parse(at), timeZone, language)} ${clock(at, timeZone)}`;

/** An end such as 28 December 2026 24:00: midnight is the end of the day before. */
const endWords = (at: string, timeZone: string, language: Language): string => {
  const isMidnight = formatTime(at, timeZone, 'second').endsWith(' 00:00:00');
  return isMidnight ? `${dateWords(Date.parse(at) - 1, timeZone, language)} 24:00` : momentWords(at, timeZone, language);
};

const rewardWords = (rewards: readonly { readonly name: string; readonly amount: number }[], language: Language): string => {
  const t = textsIn(wordTexts, language);
  const number = new Intl.NumberFormat(language);
  const each = rewards.map(({ name, amount }) => t('reward', { name, amount: number.format(amount) }));
  return language === 'ko' ? each.join(', ') : new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(each);
};

/** A cycle of an event, and whether the window cuts it short. */
export interface ListedCycle extends CyclePeriod {
  readonly isCut: boolean;
}

/** More cycles than this are not counted. */
const MAX_CYCLES = 1_000;

/** Returns the first cycles of a window, and the number of all of them; null if there are more than 1,000. */
export const listCycles = (
  event: Pick<PromisedEvent, 'startsAt' | 'endsAt' | 'timeZone' | 'dayStartsAt'> & { readonly cycle: Cycle },
  most: number,
): { readonly first: readonly ListedCycle[]; readonly last: ListedCycle | null; readonly total: number | null } => {
  const periods: CyclePeriod[] = [];
  for (const period of cyclesOf(event.cycle, event)) {
    periods.push(period);
    if (periods.length > MAX_CYCLES) break;
  }
  const listed = (period: CyclePeriod): ListedCycle => ({ ...period, isCut: isCut(period, event) });
  const isTooMany = periods.length > MAX_CYCLES;
  const last = periods.at(-1);
  return {
    first: periods.slice(0, most).map(listed),
    last: isTooMany || periods.length <= most || !last ? null : listed(last),
    total: isTooMany ? null : periods.length,
  };
};

const isCut = (
  { cycle, startsAt, endsAt }: CyclePeriod,
  event: Pick<PromisedEvent, 'timeZone' | 'dayStartsAt'> & {
    readonly cycle: Cycle;
    readonly endsAt: string;
    readonly startsAt: string;
  },
): boolean =>
  startsAt > startOfDay(cycle, event.timeZone, event.dayStartsAt) ||
  (endsAt === event.endsAt && cycleOf(event.cycle, endsAt, event) === cycle);
