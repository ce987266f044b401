import { insertAfter, type Recipe } from './recipe';

const DECIDER = 'packages/domain/src/reward-event.decider.ts';
const FACT_TEXTS = 'console/src/app/audit/fact-texts.ts';
const CONTROLLER = 'command-service/src/reward-event/reward-event.controller.ts';

/** Adds the command `FeatureRewardEvent`: an operator features a scheduled or active event. */
export const COMMAND: Recipe = {
  adds: {},
  changes: [
    insertAfter(
      'packages/contracts/src/commands.ts',
      "  RestoreRewardEvent: 'changes it',",
      "  FeatureRewardEvent: 'changes it',",
    ),
    [
      'packages/contracts/src/reward-event.ts',
      "  | DomainEvent<'RewardEventRestored', RewardEventMoved>;",
      "  | DomainEvent<'RewardEventRestored', RewardEventMoved>\n  | DomainEvent<'RewardEventFeatured', RewardEventMoved>;",
    ],
    insertAfter('packages/contracts/src/upcast.ts', '  RewardEventRestored: [],', '  RewardEventFeatured: [],'),
    insertAfter('console/src/app/event/history-query.ts', '  RewardEventRestored: true,', '  RewardEventFeatured: true,'),
    insertAfter(FACT_TEXTS, "    RewardEventRestored: 'Event restored',", "    RewardEventFeatured: 'Event featured',"),
    insertAfter(FACT_TEXTS, "    RewardEventRestored: '이벤트 복원',", "    RewardEventFeatured: '추천 이벤트 지정',"),
    insertAfter(FACT_TEXTS, "    RestoreRewardEvent: 'Restore the event',", "    FeatureRewardEvent: 'Feature the event',"),
    insertAfter(FACT_TEXTS, "    RestoreRewardEvent: '이벤트 복원',", "    FeatureRewardEvent: '추천 이벤트 지정',"),
    insertAfter(
      'packages/contracts/src/testing/golden-samples.ts',
      '  RewardEventRestored: golden({ eventId, at }),',
      '  RewardEventFeatured: golden({ eventId, at }),',
    ),
    [
      DECIDER,
      "    case 'RewardEventRestored':",
      "    case 'RewardEventFeatured':\n      return event;\n    case 'RewardEventRestored':",
    ],
    [
      DECIDER,
      "'RewardEventDeleted' | 'RewardEventRestored',",
      "'RewardEventDeleted' | 'RewardEventRestored' | 'RewardEventFeatured',",
    ],
    insertAfter(
      DECIDER,
      "export const restoreRewardEvent = move('RewardEventRestored', ['DELETED']);",
      "export const featureRewardEvent = move('RewardEventFeatured', ['SCHEDULED', 'ACTIVE']);",
    ),
    insertAfter(
      'projections/src/events/events.projection.ts',
      '    RewardEventRestored: change,',
      '    RewardEventFeatured: change,',
    ),
    insertAfter('packages/checker/src/event-history.ts', "    case 'RewardEventRestored':", "    case 'RewardEventFeatured':"),
    insertAfter(
      'command-service/src/commands.problems.ts',
      "  RestoreRewardEvent: 'be restored',",
      "  FeatureRewardEvent: 'be featured',",
    ),
    [CONTROLLER, '  restoreRewardEvent,', '  featureRewardEvent,\n  restoreRewardEvent,'],
    insertAfter(
      CONTROLLER,
      "    return this.decide('RestoreRewardEvent', eventId, restoreRewardEvent, call);\n  }",
      `
  @Post(':eventId/feature')
  @HttpCode(200)
  @Answers(200, RewardEventResponse)
  feature(@Param('eventId') eventId: string, @Body() _body: EmptyBody, @OfCall() call: Call) {
    return this.decide('FeatureRewardEvent', eventId, featureRewardEvent, call);
  }`,
    ),
    insertAfter(
      'packages/contracts/src/routes.ts',
      "  post('/events/{eventId}/restore', 'command', operator),",
      "  post('/events/{eventId}/feature', 'command', operator),",
    ),
    [
      'packages/service-kit/src/operations.ts',
      "    'POST /events/{eventId}/restore': [",
      `    'POST /events/{eventId}/feature': [
      'featureEvent',
      'Features an event',
      { ...changesEvent, description: 'The event must be SCHEDULED or ACTIVE.', rejections: ['WRONG_STATE'] },
    ],
    'POST /events/{eventId}/restore': [`,
    ],
  ],
};
