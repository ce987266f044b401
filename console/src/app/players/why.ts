import type { Schemas } from '../../shared/api/client';
import type { Language, Translate } from '../../shared/i18n/texts';
import { formatCount } from '../components/number-format';
import type { whyTexts } from './why-texts';

type Keys = keyof typeof whyTexts.en & string;
export type WhyTexts = Translate<Keys>;
type WhyKey = Parameters<WhyTexts>[0];

type Explanation = Schemas['ExplanationSummaryResponse'];
type Milestone = Schemas['ExplainedMilestoneResponse'];
type Claimable = Schemas['ClaimableResponse'];
export type JudgedLogin = Schemas['JudgedLoginResponse'];
export type LoginReason = NonNullable<JudgedLogin['reason']>;
/** What the reasons need to know about an event. */
export type ExplainedEvent = Pick<Schemas['RewardEventResponse'], 'status' | 'startsAt' | 'endsAt' | 'claimsUntil' | 'condition'>;

/** A participation, what the server says about it, and the event as evidence; null while the event is not loaded. */
export interface Explained {
  readonly explain: Explanation;
  readonly progress: number;
  readonly event: ExplainedEvent | null;
}

/** A sentence about what a player can or cannot do. */
export interface Answer {
  readonly tone: 'good' | 'warn' | 'quiet';
  readonly text: string;
}

/** Writes a time into a sentence, where `Sentence` shows it in the chosen zone. */
export const timeMark = (at: string): string => `⟦${at}⟧`;

/** A sentence as texts and times: every second part is a time. */
export const partsOf = (sentence: string): readonly string[] => sentence.split(/[⟦⟧]/);

const CONDITION_REASONS = {
  LOGIN_COUNT: 'reasonLogins',
  LOGIN_DAYS: 'reasonDays',
  LOGIN_STREAK: 'reasonStreak',
} as const satisfies Record<ExplainedEvent['condition']['type'], WhyKey>;

const isMet = ({ code }: { readonly code: string | null }): boolean => code === null;

/** Says why nothing is possible at all; null if it is not so. */
const blocked = ({ explain, event }: Explained, t: WhyTexts): string | null => {
  switch (explain.claims[0]?.code ?? explain.completion.code) {
    case 'EVENT_NOT_OPEN':
      if (event?.status === 'PAUSED') return t('reasonPaused');
      return event?.status === 'SCHEDULED' ? t('reasonScheduled', { at: timeMark(event.startsAt) }) : t('reasonNotOpen');
    case 'CLAIMS_CLOSED':
      return event ? t('reasonClosed', { at: timeMark(event.claimsUntil) }) : t('reasonClosedSometime');
    case 'NO_SUCH_CYCLE':
      return t('reasonNoCycle');
    case 'NOT_FOUND':
      return t('reasonHidden');
    case 'UNAVAILABLE':
      return t('reasonUnreadable');
    case null:
    default:
      return null;
  }
};

const tooFew = ({ progress, event }: Explained, required: number, t: WhyTexts): string => {
  if (progress === 0) return t('reasonNothingCounts', { required });
  return t(CONDITION_REASONS[event?.condition.type ?? 'LOGIN_COUNT'], { progress, count: required });
};

/** Says why the rewards of one milestone with this code cannot be claimed. */
const claimReason = (code: string, milestone: Milestone, isLast: boolean, explained: Explained, t: WhyTexts): string => {
  switch (code) {
    case 'NOT_COMPLETED':
      if (!isMet(milestone.completion)) return tooFew(explained, milestone.count, t);
      return t(isLast ? 'reasonNotCompleted' : 'reasonMilestoneNotCompleted');
    case 'INSUFFICIENT_REMAINING':
      return t('reasonAllClaimed');
    case 'REWARD_ON_HOLD':
      return t('reasonOnHold');
    default:
      return t('reasonOther', { code });
  }
};

/** Rewards by the code of their claim, null for those that can be claimed. */
const byCode = (claims: readonly Claimable[]): ReadonlyMap<string | null, readonly Claimable[]> => {
  const groups = new Map<string | null, Claimable[]>();
  for (const claim of claims) groups.set(claim.code, [...(groups.get(claim.code) ?? []), claim]);
  return groups;
};

const answersOfMilestone = (
  milestone: Milestone,
  isLast: boolean,
  explained: Explained,
  t: WhyTexts,
  language: Language,
): readonly Answer[] => {
  const listed = (claims: readonly Claimable[]): string =>
    claims
      .map(({ rewardName: reward, remaining }) =>
        remaining > 0 ? t('units', { amount: formatCount(remaining, language), reward }) : reward,
      )
      .join(', ');
  return [...byCode(milestone.claims)].map(([code, claims]): Answer => {
    const values = { rewards: listed(claims), milestone: milestone.count };
    if (code === null) return { tone: 'good', text: t(isLast ? 'canClaim' : 'canClaimOf', values) };
    if (code === 'NOT_COMPLETED' && isMet(milestone.completion))
      return { tone: 'warn', text: t(isLast ? 'canComplete' : 'canCompleteOf', values) };
    const reason = claimReason(code, milestone, isLast, explained, t);
    const tone = code === 'INSUFFICIENT_REMAINING' ? 'quiet' : 'warn';
    return { tone, text: t(isLast ? 'cannotClaim' : 'cannotClaimOf', { ...values, reason }) };
  });
};

const isAllClaimed = ({ claims }: Milestone): boolean =>
  claims.every(({ code, remaining }) => code === 'INSUFFICIENT_REMAINING' && remaining === 0);

/**
 * Says in sentences what a player can complete and claim now, and why the rest is not possible: for the last milestone, and for
 * each earlier one that has something to do or is the next to reach.
 */
export const answersOf = (explained: Explained, t: WhyTexts, language: Language): readonly Answer[] => {
  const { milestones } = explained.explain;
  if (milestones.every(isAllClaimed)) return [{ tone: 'quiet', text: t('allClaimed') }];
  const reason = blocked(explained, t);
  if (reason !== null) {
    const required = milestones.at(-1)?.count ?? 0;
    const isShort = explained.progress < required && explained.event?.status !== 'SCHEDULED';
    return [
      { tone: 'warn', text: t('cannotDoAnything', { reason }) },
      ...(isShort ? [{ tone: 'quiet', text: t('also', { reason: tooFew(explained, required, t) }) } as const] : []),
    ];
  }
  const next = milestones.findIndex(({ completion }) => completion.code === 'CONDITION_NOT_MET');
  return milestones
    .map((milestone, index) => ({ milestone, index, isLast: index === milestones.length - 1 }))
    .filter(({ milestone, index, isLast }) => isLast || (!isAllClaimed(milestone) && (next === -1 || index <= next)))
    .flatMap(({ milestone, isLast }) => answersOfMilestone(milestone, isLast, explained, t, language));
};

/** Why a login did not count, as far as the event shows it. */
export type LoginVerdict = LoginReason | 'beforeStart' | 'afterEnd';

/** Returns why a login did not count; null if it counted or was not judged yet. */
export const verdictOf = ({ reason, at }: JudgedLogin, event: ExplainedEvent | null): LoginVerdict | null => {
  if (reason !== 'OUTSIDE_WINDOW' || !event) return reason;
  if (at < event.startsAt) return 'beforeStart';
  return at >= event.endsAt ? 'afterEnd' : reason;
};

/** Reasons that answer "why did my login not count", the most surprising ones first. */
const TOLD: readonly LoginVerdict[] = [
  'PAUSED',
  'OUTSIDE_WINDOW',
  'beforeStart',
  'afterEnd',
  'OTHER_CYCLE',
  'SAME_DAY',
  'REPEATED',
  'ALREADY_MET',
];

/** Says in a sentence for each reason which logins did not count. */
export const evidenceOf = (logins: readonly JudgedLogin[], event: ExplainedEvent | null, t: WhyTexts): readonly string[] =>
  TOLD.flatMap((verdict) => {
    const found = logins.filter((login) => verdictOf(login, event) === verdict);
    const last = found.at(-1);
    if (!last) return [];
    const values = { why: t(verdict, { count: found.length }), number: found.length, at: timeMark(last.at) };
    return [t(found.length === 1 ? 'login' : 'logins', values)];
  });
