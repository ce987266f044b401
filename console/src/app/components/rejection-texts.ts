import { defineTexts } from '../../shared/i18n/texts';

/** Why a recorded request was rejected, with the figures of that request. */
export const rejectionTexts = defineTexts('rejection', {
  en: {
    EVENT_NOT_OPEN: 'The event was not open at that time: its state was “{{state}}”.',
    CLAIMS_CLOSED: 'Claims were possible until {{claimsUntil}}.',
    NO_SUCH_CYCLE: 'The event had no cycle that begins on {{cycle}}, or it had not begun.',
    NO_SUCH_MILESTONE: 'The event has no milestone at {{milestone}}.',
    NO_SUCH_REWARD: 'The milestone has no reward “{{rewardName}}”.',
    CONDITION_NOT_MET: 'The player had reached {{progress}} of the required {{required}}.',
    NOT_COMPLETED: 'The player had reached {{progress}} of the required {{required}} and had not completed the milestone.',
    INSUFFICIENT_REMAINING: '{{requested}} were requested, but {{remaining}} remained.',
    NOTHING_REMAINING: 'All remaining units were requested, but none remained.',
    AMOUNT_TOO_SMALL: '{{requested}} were requested, but a claim of this reward takes at least {{minimum}}.',
    REWARD_ON_HOLD: 'Claims of “{{rewardName}}” were on hold.',
    REQUEST_ID_REUSED: 'An earlier claim with the request ID {{requestId}} had other values.',
    WRONG_STATE: 'The state of the event was “{{state}}”.',
    WRONG_STATE_FIELDS: 'In the state “{{state}}” these fields cannot change: {{fields}}.',
    REWARD_EXISTS: 'The milestone already had a reward “{{rewardName}}”.',
    TOO_MANY_REWARDS: 'At most {{limit}} rewards are possible.',
    CONFIRM_PAST: 'The event began at {{startsAt}} and would grant rewards for past logins. Nobody confirmed that.',
    INVALID_FIELDS: 'These fields were not valid: {{fields}}.',
  },
  ko: {
    EVENT_NOT_OPEN: '당시 이벤트가 열려 있지 않았습니다(상태: {{state}}).',
    CLAIMS_CLOSED: '{{claimsUntil}}까지만 수령할 수 있었습니다.',
    NO_SUCH_CYCLE: '{{cycle}}에 시작하는 주기가 없거나 아직 시작되지 않았습니다.',
    NO_SUCH_MILESTONE: '이 이벤트에는 {{milestone}} 단계가 없습니다.',
    NO_SUCH_REWARD: '해당 단계에 “{{rewardName}}” 보상이 없습니다.',
    CONDITION_NOT_MET: '플레이어의 달성도는 {{required}} 중 {{progress}}이었습니다.',
    NOT_COMPLETED: '플레이어의 달성도는 {{required}} 중 {{progress}}이었고, 단계를 완료하지 않은 상태였습니다.',
    INSUFFICIENT_REMAINING: '{{requested}}개를 요청했지만 {{remaining}}개만 남아 있었습니다.',
    NOTHING_REMAINING: '남은 수량 전체를 요청했지만 남은 것이 없었습니다.',
    AMOUNT_TOO_SMALL: '{{requested}}개를 요청했지만 이 보상은 한 번에 {{minimum}}개 이상 받아야 합니다.',
    REWARD_ON_HOLD: '“{{rewardName}}” 보상의 지급이 보류되어 있었습니다.',
    REQUEST_ID_REUSED: '요청 ID {{requestId}}이(가) 다른 내용으로 이미 사용되었습니다.',
    WRONG_STATE: '당시 이벤트 상태는 “{{state}}”였습니다.',
    WRONG_STATE_FIELDS: '“{{state}}” 상태에서는 다음 항목을 바꿀 수 없습니다: {{fields}}',
    REWARD_EXISTS: '해당 단계에 “{{rewardName}}” 보상이 이미 있었습니다.',
    TOO_MANY_REWARDS: '보상은 {{limit}}개까지만 둘 수 있습니다.',
    CONFIRM_PAST: '{{startsAt}}에 시작한 이벤트라 지난 로그인에도 보상이 지급되는데, 이를 확인하지 않았습니다.',
    INVALID_FIELDS: '올바르지 않은 항목이 있었습니다: {{fields}}',
  },
});

export type RejectionKey = keyof typeof rejectionTexts.en;
