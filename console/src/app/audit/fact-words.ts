/** How the parts of a summary become text in the current language. */
export interface SummaryWords {
  readonly count: (value: number) => string;
  readonly code: (code: string) => string;
  readonly command: (command: string) => string;
  readonly member: (name: string) => string;
}

type Data = Readonly<Record<string, unknown>>;

const joined = (separator: string, ...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(separator);

const textIn = (data: Data, name: string): string | undefined => (typeof data[name] === 'string' ? data[name] : undefined);

const listIn = (data: Data, name: string): string => (Array.isArray(data[name]) ? data[name].join(', ') : '');

const units = (amount: unknown, name: string | undefined, { count }: SummaryWords): string =>
  joined(' × ', typeof amount === 'number' ? count(amount) : undefined, name);

const codeIn = (data: Data, { code }: SummaryWords): string => code(textIn(data, 'code') ?? '');

const rewardIn = (data: Data): Data => (typeof data.reward === 'object' && data.reward !== null ? { ...data.reward } : {});

const NOT_CHANGED = ['eventId', 'endpointId', 'by', 'at'];

const changedIn = (data: Data, { member }: SummaryWords): string =>
  Object.keys(data)
    .filter((name) => !NOT_CHANGED.includes(name))
    .map(member)
    .join(', ');

const deliveriesIn = (data: Data, { count }: SummaryWords): string =>
  Array.isArray(data.deliveries) ? count(data.deliveries.length) : '';

const SUMMARIES: Readonly<Record<string, (data: Data, words: SummaryWords) => string>> = {
  RewardEventCreated: (data) => joined('', textIn(data, 'name')),
  RewardAdded: (data, words) => units(rewardIn(data).amount, textIn(rewardIn(data), 'name'), words),
  RewardChanged: (data, words) => units(data.amount, textIn(data, 'name'), words),
  RewardWithdrawn: (data) => joined('', textIn(data, 'name')),
  RewardHeld: (data) => joined(': ', textIn(data, 'name'), textIn(data, 'reason')),
  RewardReleased: (data) => joined(': ', textIn(data, 'name'), textIn(data, 'reason')),
  RewardEventChanged: changedIn,
  RewardEventPaused: (data) => joined('', textIn(data, 'reason')),
  LoginCounted: (data, { count }) =>
    joined(' → ', textIn(data, 'day'), typeof data.progress === 'number' ? count(data.progress) : undefined),
  EventCompleted: (data, { count }) => (typeof data.milestone === 'number' ? count(data.milestone) : ''),
  RewardClaimed: (data, words) => units(data.amount, textIn(data, 'rewardName'), words),
  CompletionRefused: codeIn,
  ClaimRefused: (data, words) => joined(': ', units(data.requested, textIn(data, 'rewardName'), words), codeIn(data, words)),
  CommandRefused: (data, words) => joined(': ', words.command(textIn(data, 'command') ?? ''), codeIn(data, words)),
  AccountRegistered: (data) => listIn(data, 'roles'),
  RolesChanged: (data) => listIn(data, 'roles'),
  DeliveryEndpointAdded: (data) => joined(': ', textIn(data, 'name'), textIn(data, 'url')),
  DeliveryEndpointChanged: changedIn,
  DeliveryEndpointDisabled: (data) => joined('', textIn(data, 'reason')),
  DeliveryAttemptFailed: (data) => joined('', textIn(data, 'error')),
  DeliveryParked: (data) => joined('', textIn(data, 'error')),
  DeliveryResent: (data) => joined('', textIn(data, 'reason')),
  DeliveryAbandoned: (data) => joined('', textIn(data, 'reason')),
  RewardDelivered: (data) => joined('', textIn(data, 'reference')),
  RewardsDelivered: deliveriesIn,
  EarlierDeliveriesAdded: deliveriesIn,
  MessageDeadLettered: (data) => joined(': ', textIn(data, 'topic'), textIn(data, 'error')),
};

/** What a domain event says, in a few words for one line of a list; empty if its type says it all. */
export const summaryOf = (type: string, data: Data, words: SummaryWords): string =>
  Object.hasOwn(SUMMARIES, type) ? (SUMMARIES[type]?.(data, words) ?? '') : '';
