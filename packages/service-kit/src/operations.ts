import {
  isEndless,
  PROBLEM_STATUSES,
  ROLES,
  type GatewayRoute,
  type GatewayRouteName,
  type ProblemCode,
  type Route,
  type RouteName,
} from '@rewards/contracts';

/** Subjects of the API. */
export const TAGS = {
  accounts: 'Accounts, sessions, roles and erasure',
  events: 'Reward events, as operators create and run them',
  'taking part': 'Progress, completion and claims of a player',
  claims: 'Every claim, granted or rejected',
  audit: 'Every domain event, as it was recorded',
  players: 'Players, as support needs to see them',
  delivery: 'Delivery of granted rewards to the game',
  operations: 'Read models, verification, dead letters and health',
} as const;

interface Details {
  /** What a caller should know beyond the summary. */
  readonly description?: string;
  /** Codes of its own rules, in addition to those that follow from the route; see `codesOf`. */
  readonly rejections?: readonly ProblemCode[];
  /** Whether its responses show one event, and so have the `ETag` of its revision. */
  readonly showsEvent?: true;
  /** Whether it accepts `If-Match`. */
  readonly takesIfMatch?: true;
  /** Whether the response to a repeated request has the same status, and a header that marks it. */
  readonly marksReplays?: true;
}

export interface Operation extends Details {
  /** Unique in the whole API: generated clients name their methods after it. */
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  /** What it does, as a sentence without a period. */
  readonly summary: string;
}

type Row = readonly [id: string, summary: string, details?: Details];

const operations = <Name extends RouteName | GatewayRouteName>(tag: Operation['tag'], table: Readonly<Record<Name, Row>>) =>
  Object.fromEntries(
    Object.entries<Row>(table).map(([route, [id, summary, details]]) => [route, { id, tag, summary, ...details }]),
  ) as Readonly<Record<Name, Operation>>;

const changesEvent = { showsEvent: true, takesIfMatch: true } as const;
const createsEvent = { showsEvent: true } as const;

const OWN_ORIGIN = 'The `Origin` header must be that of the gateway.';
const beginsSession = {
  description: `Like \`POST /auth/login\`, but the refresh token is in a cookie, which no script can read. ${OWN_ORIGIN}`,
  rejections: ['FORBIDDEN', 'BAD_CREDENTIALS', 'ACCOUNT_LOCKED'],
} as const satisfies Details;
const refreshesSession = {
  description: `Requires the cookie of the session, and replaces it. ${OWN_ORIGIN}`,
  rejections: ['FORBIDDEN', 'TOKEN_REUSED', 'BAD_TOKEN'],
} as const satisfies Details;
const endsSession = {
  description: `Removes the cookie too. Without the cookie, nothing happens. ${OWN_ORIGIN}`,
  rejections: ['FORBIDDEN'],
} as const satisfies Details;

/** Describes each route. A missing row does not compile. */
const OPERATIONS: Readonly<Record<RouteName | GatewayRouteName, Operation>> = {
  ...operations('accounts', {
    'POST /auth/register': [
      'register',
      'Creates the account of a player',
      { description: 'The e-mail address is trimmed and lower-cased.', rejections: ['EMAIL_TAKEN'] },
    ],
    'POST /auth/login': [
      'logIn',
      'Checks e-mail and password, begins a session, and counts as a login for running events',
      { rejections: ['BAD_CREDENTIALS', 'ACCOUNT_LOCKED'] },
    ],
    'POST /auth/refresh': [
      'refreshSession',
      'Exchanges a refresh token for new tokens',
      { description: 'A refresh is not a login, and does not count towards events.', rejections: ['TOKEN_REUSED', 'BAD_TOKEN'] },
    ],
    'POST /auth/logout': ['logOut', 'Ends the session of a refresh token'],
    'GET /auth/me': ['getOwnAccount', 'Shows the account of the caller'],
    'POST /auth/password': [
      'changePassword',
      'Changes the password of the caller and ends all other sessions',
      {
        description: 'A wrong current password counts as a failed login.',
        rejections: ['BAD_CREDENTIALS', 'ACCOUNT_LOCKED'],
      },
    ],
    'GET /.well-known/jwks.json': ['getTokenKeys', 'Lists the public keys that verify access tokens'],
    'GET /accounts': ['listAccounts', 'Lists accounts'],
    'POST /accounts/{accountId}/roles': [
      'changeRoles',
      'Replaces the roles of an account',
      { description: 'Ends the sessions of the account.', rejections: ['LAST_ADMIN'] },
    ],
    'POST /accounts/{accountId}/erase': [
      'eraseAccount',
      'Erases the personal data of an account',
      {
        description:
          'Deletes e-mail, password and sessions permanently. The domain events of the account remain under its opaque id.',
        rejections: ['LAST_ADMIN'],
      },
    ],
    'POST /console/session': ['beginConsoleSession', 'Signs in to the console', beginsSession],
    'POST /console/session/refresh': [
      'refreshConsoleSession',
      'Returns a new access token for the session of the console',
      refreshesSession,
    ],
    'POST /console/session/end': ['endConsoleSession', 'Signs out of the console', endsSession],
    'POST /play/session': ['beginPlaySession', 'Signs in to the page for players', beginsSession],
    'POST /play/session/refresh': [
      'refreshPlaySession',
      'Returns a new access token for the session of the page for players',
      refreshesSession,
    ],
    'POST /play/session/end': ['endPlaySession', 'Signs out of the page for players', endsSession],
  }),
  ...operations('events', {
    'POST /events': [
      'createEvent',
      'Creates a reward event',
      {
        ...createsEvent,
        description:
          'The event is a DRAFT, or published at once with `publish`. `milestones` make a calendar: the last milestone is ' +
          '`condition.count` with `rewards`, and a request may include it in `milestones` instead. With `cycle`, progress and ' +
          'rewards begin again in each day, week or month.',
        rejections: ['REQUEST_ID_REUSED', 'NO_REWARDS', 'CONFIRM_PAST', 'WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/rewards': [
      'addReward',
      'Adds a reward to an event',
      {
        ...changesEvent,
        description: 'The event must be a DRAFT. Without `milestone`, the reward is one of the last milestone.',
        rejections: ['NO_SUCH_MILESTONE', 'REWARD_EXISTS', 'TOO_MANY_REWARDS', 'WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/rewards/{name}/change': [
      'changeReward',
      'Changes the amount of a reward',
      {
        ...changesEvent,
        description: 'At completion, a player is promised the greater of the amount at the start and the amount now.',
        rejections: ['NO_SUCH_MILESTONE', 'NO_SUCH_REWARD', 'WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/rewards/{name}/withdraw': [
      'withdrawReward',
      'Withdraws a reward from players who start later',
      {
        ...changesEvent,
        description: 'Players who have started keep it. A milestone of a published event keeps its last reward.',
        rejections: ['NO_SUCH_MILESTONE', 'NO_SUCH_REWARD', 'NO_REWARDS', 'WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/rewards/{name}/hold': [
      'holdReward',
      'Holds the claims of a reward',
      {
        ...changesEvent,
        description:
          'Its claims are `REWARD_ON_HOLD` until it is released, and automatic claims leave it out; nothing else changes. ' +
          'A repeated hold changes nothing. Withdrawn rewards can be held too.',
        rejections: ['NO_SUCH_MILESTONE', 'NO_SUCH_REWARD', 'WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/rewards/{name}/release': [
      'releaseReward',
      'Releases a reward that is on hold',
      {
        ...changesEvent,
        description: 'It can be claimed again. Without a hold, nothing changes.',
        rejections: ['NO_SUCH_MILESTONE', 'NO_SUCH_REWARD', 'WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/change': [
      'changeEvent',
      'Changes an event',
      {
        ...changesEvent,
        description:
          'Any field of a DRAFT; `milestones` replaces all earlier milestones, and `rewards` those of the last one. Later only the ' +
          'name, the description, `metadata`, a later `endsAt` and a later `claimsUntil`.',
        rejections: ['WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/clone': [
      'cloneEvent',
      'Creates a draft with the terms of another event',
      { ...createsEvent, rejections: ['REQUEST_ID_REUSED'] },
    ],
    'POST /events/{eventId}/publish': [
      'publishEvent',
      'Publishes a draft',
      {
        ...changesEvent,
        description:
          'An event with `autoClaim` that began more than an hour ago grants rewards for logins of the past, so it needs `confirmPast`.',
        rejections: ['NO_REWARDS', 'CONFIRM_PAST', 'WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/unpublish': [
      'unpublishEvent',
      'Makes a scheduled event a draft again',
      {
        ...changesEvent,
        description: 'The event must be SCHEDULED. Every field can then be changed, and the event published again.',
        rejections: ['WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/pause': [
      'pauseEvent',
      'Pauses an event',
      {
        ...changesEvent,
        description:
          'Completions and claims are rejected until the event is resumed. Logins during the pause do not count, unless ' +
          '`counting` is CONTINUE. The event must be ACTIVE.',
        rejections: ['WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/resume': [
      'resumeEvent',
      'Resumes a paused event',
      { ...changesEvent, description: 'The event must be PAUSED.', rejections: ['WRONG_STATE'] },
    ],
    'POST /events/{eventId}/end': [
      'endEvent',
      'Ends an event now',
      {
        ...changesEvent,
        description: 'The event must be SCHEDULED, ACTIVE or PAUSED. Claims are accepted until `claimsUntil` as before.',
        rejections: ['WRONG_STATE'],
      },
    ],
    'POST /events/{eventId}/delete': [
      'deleteEvent',
      'Hides an event',
      { ...changesEvent, description: 'Its history is kept, and `restore` makes it visible again.', rejections: ['WRONG_STATE'] },
    ],
    'POST /events/{eventId}/restore': [
      'restoreEvent',
      'Shows a deleted event again',
      {
        ...changesEvent,
        description: 'The event returns to the state that it would have without the deletion.',
        rejections: ['WRONG_STATE'],
      },
    ],
    'GET /events': [
      'listEvents',
      'Lists reward events',
      {
        description:
          'Newest first, or as `sort` says. `from` and `to` select the windows that overlap that span. Milestones have counts only. ' +
          'Players see published events only.',
      },
    ],
    'GET /events/{eventId}': ['getEvent', 'Shows a reward event', { showsEvent: true }],
    'GET /events/{eventId}/statistics': [
      'getStatistics',
      'Shows the statistics of an event, in total and by hour',
      { description: 'Of all cycles together, or of `cycle`.', rejections: ['NO_SUCH_CYCLE'] },
    ],
  }),
  ...operations('taking part', {
    'GET /events/{eventId}/progress': [
      'getProgress',
      'Shows the progress of the caller in an event',
      {
        description:
          'In an event with cycles, of the cycle of the current time by default; before the window of the first, after it of the last. ' +
          'With `afterLogin`, it shows the progress after that login.',
        rejections: ['NO_SUCH_CYCLE'],
      },
    ],
    'GET /participations': [
      'listOwnParticipations',
      'Lists the participations of the caller',
      {
        description:
          'Of all events and cycles, without days and the rewards of milestones. With `afterLogin`, it shows them after that login.',
      },
    ],
    'POST /events/{eventId}/completion': [
      'completeEvent',
      'Completes a milestone that is reached',
      {
        description:
          'By default, the last milestone, in the cycle of the current time. In an event with `autoClaim`, it also grants the ' +
          'rewards. A repeated request gets the same response.',
        rejections: ['EVENT_NOT_OPEN', 'CLAIMS_CLOSED', 'NO_SUCH_CYCLE', 'NO_SUCH_MILESTONE', 'CONDITION_NOT_MET'],
      },
    ],
    'POST /events/{eventId}/claims': [
      'claimReward',
      'Claims a reward, all of it or a part',
      {
        description:
          'One reward per request, with either `amount` or `all`; by default, of the last milestone. An event with cycles requires ' +
          '`cycle`. A rejected request does not use up its `requestId`.',
        rejections: [
          'REQUEST_ID_REUSED',
          'EVENT_NOT_OPEN',
          'CLAIMS_CLOSED',
          'NO_SUCH_CYCLE',
          'NO_SUCH_MILESTONE',
          'NOT_COMPLETED',
          'NO_SUCH_REWARD',
          'INSUFFICIENT_REMAINING',
          'AMOUNT_TOO_SMALL',
          'REWARD_ON_HOLD',
        ],
      },
    ],
    'GET /events/{eventId}/participations': [
      'listParticipations',
      'Lists the participations in an event',
      { description: 'Of all cycles, or of `cycle`.', rejections: ['NO_SUCH_CYCLE'] },
    ],
    'GET /events/{eventId}/participations/export': [
      'exportParticipations',
      'Exports the participations in an event that match',
      {
        description:
          'CSV with a header line and the fields of `GET /events/{eventId}/participations` in their order, streamed without a time ' +
          'limit. `rewards` has the name, the claimed and the promised units of each reward of the last milestone, such as ' +
          '`Potion 20/100; Gem 0/20`, and `milestones` the count and the status of each milestone, such as `7 COMPLETED; 14 LOCKED`. ' +
          'An incomplete transfer ends with an error, never as a shorter file.',
        rejections: ['NO_SUCH_CYCLE'],
      },
    ],
    'GET /participations/{eventId}/{accountId}': [
      'getParticipation',
      'Shows a participation as it is or was',
      {
        description:
          'Folded from its own stream, now or as of a time or a position, by default in the cycle of that time. `facts` has pages; ' +
          '`state` is the whole fold.',
        rejections: ['NO_SUCH_CYCLE'],
      },
    ],
    'GET /participations/{eventId}/{accountId}/explain': [
      'explainParticipation',
      'Explains which logins count and why others do not',
      {
        description: 'Also what the player can complete and claim now, for each milestone; by default in the current cycle.',
        rejections: ['NO_SUCH_CYCLE'],
      },
    ],
  }),
  ...operations('claims', {
    'GET /claims/mine': ['listOwnClaims', 'Lists the claims of the caller', { description: 'Newest first.' }],
    'GET /claims': [
      'listClaims',
      'Lists claims, granted and rejected',
      { description: 'Newest first. Pages are stable while new claims arrive.' },
    ],
    'GET /claims/export': [
      'exportClaims',
      'Exports all claims that match',
      {
        description:
          'CSV with a header line and the fields of `GET /claims` in their order, streamed without a time limit. The last columns are ' +
          '`deliveryStatus`, and `deliveredAt` if the game has the reward. ' +
          'An incomplete transfer ends with an error, never as a shorter file.',
      },
    ],
    'GET /claims/{claimId}': ['getClaim', 'Shows a granted claim'],
  }),
  ...operations('audit', {
    'GET /audit': [
      'listAudit',
      'Lists domain events',
      {
        description:
          'Newest first, recorded rejections included. `accountId` selects the domain events of one account, so not those that record ' +
          'deliveries to many accounts: `RewardsDelivered` and `EarlierDeliveriesAdded`.',
      },
    ],
    'GET /audit/export': [
      'exportAudit',
      'Exports all domain events that match',
      {
        description:
          'NDJSON: each line is one row of `GET /audit`, in the same order, streamed without a time limit. ' +
          'An incomplete transfer ends with an error, never as a shorter file.',
      },
    ],
    'GET /audit/stream': [
      'followAudit',
      'Replays domain events, then follows them live',
      {
        description:
          'Server-Sent Events, without a time limit. A message without an event name is one domain event, as in `GET /audit`; ' +
          'send its `id` as `Last-Event-ID` to resume after it, without loss or repetition. `caught-up` follows the last domain ' +
          'event that was in the log at the beginning. Comments and messages without data are heartbeats; an `id` in one is the ' +
          'position up to which the log was searched. `end` gives the reason why the service ends the stream: the token expires, ' +
          'the account is erased, or the service shuts down. An account may have 10 open streams.',
      },
    ],
  }),
  ...operations('players', {
    'GET /players': [
      'findPlayers',
      'Finds players by any identifier',
      { description: 'By e-mail, accountId, claimId, requestId, loginId, deliveryId or traceId. Finds at most 20 players.' },
    ],
    'GET /players/{accountId}': [
      'getPlayer',
      'Shows everything that support needs about a player',
      { description: 'The newest 50 participations, and the newest 20 of each other list.' },
    ],
  }),
  ...operations('operations', {
    'GET /projections': ['listProjections', 'Shows the progress of each read model'],
    'POST /projections/{name}/rebuild': [
      'rebuildProjection',
      'Rebuilds a read model next to the live one',
      { description: 'Queries use the live one until the new one has caught up with it.' },
    ],
    'GET /verification': [
      'getVerification',
      'Shows the last verification of the books',
      {
        description:
          'Starts a run if none is running and the last one ended over a minute ago, or with `fresh`. `ok` is null before the ' +
          'first run has finished.',
      },
    ],
    'GET /dead-letters': ['listDeadLetters', 'Lists messages that could not be handled', { description: 'Newest first.' }],
    'GET /dead-letters/groups': [
      'listDeadLetterGroups',
      'Lists the open messages by topic, kind of error and shape',
      {
        description:
          'The 100 groups with the newest dead letters, in that order. If more than 1,000 groups are open, only those of the newest ' +
          '1,000 dead letters.',
      },
    ],
    'GET /dead-letters/{id}': ['getDeadLetter', 'Shows a message that could not be handled'],
    'POST /dead-letters/{id}/redrive': [
      'redriveDeadLetter',
      'Publishes the message again',
      { description: 'Publishes the original bytes to their original topic.', rejections: ['ALREADY_HANDLED', 'MESSAGE_CUT'] },
    ],
    'POST /dead-letters/{id}/discard': ['discardDeadLetter', 'Discards the message', { rejections: ['ALREADY_HANDLED'] }],
    'POST /dead-letters/redrive': [
      'redriveDeadLetters',
      'Publishes all open messages of a group again',
      {
        description:
          '`count` is the number of dead letters with this fingerprint that were open at the time of the request. The service handles ' +
          'each of them as `redriveDeadLetter` does, and the larger groups after the response. Messages that were not stored ' +
          'completely stay open and are not counted. If the service restarts before it has handled all of them, send the request ' +
          'again: it handles the rest. A fingerprint that no dead letter has ever had is `NOT_FOUND`.',
        rejections: ['NOT_FOUND'],
      },
    ],
    'POST /dead-letters/discard': [
      'discardDeadLetters',
      'Discards all open messages of a group',
      {
        description: 'As `redriveDeadLetters`, but each message is discarded, also those that were not stored completely.',
        rejections: ['NOT_FOUND'],
      },
    ],
  }),
  ...operations('delivery', {
    'POST /delivery-endpoints': [
      'addDeliveryEndpoint',
      'Adds an endpoint, to which granted rewards are delivered',
      {
        description:
          'Only this response has the `secret` and the `publicKey` of a webhook; a repeated request with the same `requestId` gets them again. ' +
          'Without `rewardTypes`, the endpoint accepts every type that no other endpoint names. With `from`, it also gets earlier grants that ' +
          'no endpoint accepted. `url` is required for WEBHOOK, and not allowed for BUS, which publishes to the topic `rewards`.',
        rejections: ['TYPE_TAKEN', 'ADDRESS_REFUSED', 'REQUEST_ID_REUSED'],
      },
    ],
    'POST /delivery-endpoints/{id}/change': [
      'changeDeliveryEndpoint',
      'Changes details of an endpoint',
      {
        description: 'An omitted field keeps its value. `rewardTypes: null` accepts every type that no other endpoint names.',
        rejections: ['TYPE_TAKEN', 'ADDRESS_REFUSED'],
      },
    ],
    'POST /delivery-endpoints/{id}/pause': [
      'pauseDeliveryEndpoint',
      'Stops deliveries to an endpoint; they stay pending',
      { rejections: ['ENDPOINT_STATE'] },
    ],
    'POST /delivery-endpoints/{id}/resume': ['resumeDeliveryEndpoint', 'Resumes an endpoint that is paused or disabled'],
    'POST /delivery-endpoints/{id}/rotate-secret': [
      'rotateDeliverySecret',
      'Replaces the secret of a webhook; the previous one also signs for 24 hours',
      {
        description:
          'Only this response has the new `secret` and `publicKey`; a repeated request with the same `requestId` gets them again. If the ' +
          'current secret is lost, it can be replaced at any time. An endpoint of the bus has no secret.',
        rejections: ['ROTATION_RUNNING', 'ENDPOINT_STATE', 'REQUEST_ID_REUSED'],
        marksReplays: true,
      },
    ],
    'POST /delivery-endpoints/{id}/remove': ['removeDeliveryEndpoint', 'Removes an endpoint and abandons its open deliveries'],
    'POST /delivery-endpoints/{id}/test': [
      'testDeliveryEndpoint',
      'Sends the message `delivery.test` and shows the outcome',
      { description: 'Works in any state of the endpoint, and records nothing. Waits up to 6 seconds for the answer.' },
    ],
    'GET /delivery-endpoints': [
      'listDeliveryEndpoints',
      'Lists the endpoints with their states and open deliveries',
      { description: 'In the order in which they were added, without those that were removed.' },
    ],
    'GET /delivery-endpoints/{id}': ['getDeliveryEndpoint', 'Shows one endpoint'],
    'GET /deliveries': [
      'listDeliveries',
      'Lists deliveries, newest first',
      { description: 'By the time of the grant, which `from` and `to` select by. Pages are stable while new deliveries arrive.' },
    ],
    'GET /deliveries/export': [
      'exportDeliveries',
      'Exports the selected deliveries as CSV',
      {
        description:
          'CSV with a header line and the fields of `GET /deliveries` in their order, streamed without a time limit. ' +
          'An incomplete transfer ends with an error, never as a shorter file.',
      },
    ],
    'GET /deliveries/{deliveryId}': ['getDelivery', 'Shows one delivery with every recorded attempt'],
    'POST /deliveries/{deliveryId}/resend': [
      'resendDelivery',
      'Sends a delivery again, under the same id',
      {
        description:
          'A delivery that was delivered is sent again only with `force: true` and a `reason`. If its endpoint was removed, the request is ' +
          'rejected with ENDPOINT_STATE and the state REMOVED.',
        rejections: ['ALREADY_DELIVERED', 'ENDPOINT_STATE'],
      },
    ],
    'POST /deliveries/{deliveryId}/abandon': [
      'abandonDelivery',
      'Gives a delivery up',
      { description: 'It can still be resent later.', rejections: ['ALREADY_DELIVERED'] },
    ],
    'POST /deliveries/resend': [
      'resendDeliveries',
      'Sends all parked deliveries of a selection again',
      {
        description:
          'The response counts those that were parked when the request arrived. They are resent in the background. A repeated request ' +
          'resends those that are still parked. `from` (inclusive) and `to` (exclusive) select by the time of the grant.',
      },
    ],
  }),
};

/** @throws Error for a route that is not in the route table */
export const operationOf = ({ method, path }: Pick<Route, 'method' | 'path'>): Operation => {
  const operation = (OPERATIONS as Readonly<Record<string, Operation>>)[`${method} ${path}`];
  if (!operation) throw new Error(`${method} ${path} has no row in operations.ts`);
  return operation;
};

/** A route of a service or of the gateway. */
export type DescribedRoute = Route | GatewayRoute;

const isCommand = ({ method, service }: DescribedRoute): boolean => method === 'POST' && service !== 'projections';

/** Returns whether only some roles may call the route. */
const isRestricted = ({ access }: DescribedRoute): boolean => access !== 'anyone' && ROLES.some((role) => !access.includes(role));

/** Codes that any route may return: for its input, the limits, and the services and engines behind it. */
const OF_ANY_ROUTE = [
  'VALIDATION_FAILED',
  'METHOD_NOT_ALLOWED',
  'RATE_LIMITED',
  'INTERNAL',
  'BAD_GATEWAY',
  'UNAVAILABLE',
] as const satisfies readonly ProblemCode[];

/** Returns every code that the route may return, by status. @param takesMinPosition whether it accepts `X-Min-Position` */
export const codesOf = (route: DescribedRoute, takesMinPosition: boolean): readonly ProblemCode[] => {
  const { rejections = [], takesIfMatch } = operationOf(route);
  const codes: ProblemCode[] = [
    ...OF_ANY_ROUTE,
    ...(isEndless(route.path) ? [] : (['UPSTREAM_TIMEOUT'] as const)),
    ...(route.access === 'anyone' ? [] : (['UNAUTHENTICATED'] as const)),
    ...(isRestricted(route) ? (['FORBIDDEN'] as const) : []),
    ...(route.path.includes('{') ? (['NOT_FOUND'] as const) : []),
    ...(route.method === 'POST' ? (['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const) : []),
    ...(takesIfMatch ? (['STALE_REVISION'] as const) : []),
    ...(isCommand(route) ? (['TRY_AGAIN'] as const) : []),
    ...(takesMinPosition ? (['NOT_CAUGHT_UP'] as const) : []),
    ...rejections,
  ];
  return codes.sort((a, b) => PROBLEM_STATUSES[a] - PROBLEM_STATUSES[b]);
};
