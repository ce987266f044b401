import { DOMAIN_EVENT_TYPES, OPERATOR_COMMANDS } from '@rewards/contracts';
import { commandTexts, FACT_TYPES } from './fact-texts';
import { summaryOf } from './fact-words';

describe('the words of domain events', () => {
  it('exist for every type that is stored', () => {
    expect([...FACT_TYPES].sort()).toEqual([...DOMAIN_EVENT_TYPES].sort());
  });

  it('exist for every action of operators', () => {
    expect(Object.keys(commandTexts.en).sort()).toEqual(Object.keys(OPERATOR_COMMANDS).sort());
  });
});

describe('the summary of a domain event', () => {
  const words = {
    count: (value: number) => new Intl.NumberFormat('en').format(value),
    code: (code: string) => code.toLowerCase(),
    command: (command: string) => `[${command}]`,
    member: (name: string) => `<${name}>`,
  };

  it.each([
    ['RewardClaimed', { amount: 2000, rewardName: 'potion' }, '2,000 × potion'],
    ['LoginCounted', { progress: 3, day: '2026-11-27' }, '2026-11-27 → 3'],
    ['EventCompleted', { milestone: 7 }, '7'],
    [
      'ClaimRefused',
      { requested: 81, rewardName: 'potion', code: 'INSUFFICIENT_REMAINING' },
      '81 × potion: insufficient_remaining',
    ],
    ['ClaimRefused', { requested: 'all', rewardName: 'potion', code: 'REWARD_ON_HOLD' }, 'potion: reward_on_hold'],
    ['CompletionRefused', { code: 'CONDITION_NOT_MET' }, 'condition_not_met'],
    ['CommandRefused', { command: 'PublishRewardEvent', code: 'NO_REWARDS' }, '[PublishRewardEvent]: no_rewards'],
    ['RewardAdded', { reward: { name: 'potion', amount: 20 } }, '20 × potion'],
    ['RewardChanged', { name: 'potion', amount: 20 }, '20 × potion'],
    ['RewardHeld', { name: 'potion', reason: 'duplicated' }, 'potion: duplicated'],
    ['RewardEventCreated', { name: 'December' }, 'December'],
    ['RewardEventChanged', { eventId: 'e', at: 't', name: 'Winter', endsAt: 't' }, '<name>, <endsAt>'],
    ['RewardEventPaused', { reason: 'duplicated' }, 'duplicated'],
    ['RolesChanged', { roles: ['USER', 'AUDITOR'] }, 'USER, AUDITOR'],
    ['MessageDeadLettered', { topic: 'logins', error: 'no JSON' }, 'logins: no JSON'],
    [
      'DeliveryEndpointAdded',
      { name: 'Game inventory', url: 'https://game.example.com' },
      'Game inventory: https://game.example.com',
    ],
    ['DeliveryEndpointAdded', { name: 'Bus', kind: 'BUS' }, 'Bus'],
    ['DeliveryEndpointChanged', { endpointId: 'e', url: 'u', by: 'a', at: 't' }, '<url>'],
    ['DeliveryEndpointDisabled', { reason: 'gone' }, 'gone'],
    ['DeliveryParked', { error: 'rejected', reason: 'REJECTED' }, 'rejected'],
    ['DeliveryAbandoned', { reason: 'given by hand' }, 'given by hand'],
    ['RewardsDelivered', { deliveries: [{}, {}] }, '2'],
    ['OfTheFuture', { amount: 1 }, ''],
  ])('of %s says what matters', (type, data, expected) => {
    expect(summaryOf(type, data, words)).toBe(expected);
  });
});
