import type { Route } from '@rewards/contracts';

/** Subjects of the API. */
export const TAGS = {
  accounts: 'Who uses the system: sessions, roles, erasure',
  events: 'Reward events, as operators create and run them',
  'taking part': 'Progress, completion and claims of a player',
  claims: 'Every claim, granted or rejected',
  audit: 'Every domain event, as it was recorded',
  operations: 'Read models, verification and dead letters',
} as const;

export interface Operation {
  /** Unique in the whole API: generated clients name their methods after it. */
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  /** What it does, as a sentence without a period. */
  readonly summary: string;
}

const operations = (tag: Operation['tag'], table: Readonly<Record<string, readonly [id: string, summary: string]>>) =>
  Object.entries(table).map(([route, [id, summary]]): [string, Operation] => [route, { id, tag, summary }]);

const OPERATIONS: ReadonlyMap<string, Operation> = new Map([
  ...operations('accounts', {
    'POST /auth/register': ['register', 'Creates the account of a player'],
    'POST /auth/login': ['logIn', 'Checks e-mail and password, begins a session, and counts as a login for running events'],
    'POST /auth/refresh': ['refreshSession', 'Exchanges a refresh token for new tokens'],
    'POST /auth/logout': ['logOut', 'Ends the session of a refresh token'],
    'GET /auth/me': ['getOwnAccount', 'Shows the own account'],
    'POST /auth/password': ['changePassword', 'Changes the own password and ends all other sessions'],
    'GET /.well-known/jwks.json': ['getTokenKeys', 'Lists the public keys that verify access tokens'],
    'GET /accounts': ['listAccounts', 'Lists accounts'],
    'POST /accounts/{accountId}/roles': ['changeRoles', 'Replaces the roles of an account'],
    'POST /accounts/{accountId}/erase': ['eraseAccount', 'Erases what is known of a person'],
  }),
  ...operations('events', {
    'POST /events': ['createEvent', 'Creates a reward event'],
    'POST /events/{eventId}/rewards': ['addReward', 'Adds a reward to an event'],
    'POST /events/{eventId}/rewards/{name}/change': ['changeReward', 'Changes the amount of a reward'],
    'POST /events/{eventId}/rewards/{name}/withdraw': ['withdrawReward', 'Withdraws a reward from those who start later'],
    'POST /events/{eventId}/change': ['changeEvent', 'Changes an event'],
    'POST /events/{eventId}/clone': ['cloneEvent', 'Creates a draft with the terms of another event'],
    'POST /events/{eventId}/publish': ['publishEvent', 'Publishes a draft'],
    'POST /events/{eventId}/pause': ['pauseEvent', 'Pauses an event'],
    'POST /events/{eventId}/resume': ['resumeEvent', 'Resumes a paused event'],
    'POST /events/{eventId}/end': ['endEvent', 'Ends an event now'],
    'POST /events/{eventId}/delete': ['deleteEvent', 'Hides an event'],
    'POST /events/{eventId}/restore': ['restoreEvent', 'Shows a deleted event again'],
    'GET /events': ['listEvents', 'Lists reward events'],
    'GET /events/{eventId}': ['getEvent', 'Shows a reward event'],
    'GET /events/{eventId}/statistics': ['getStatistics', 'Shows what players did in an event, in all and by hour'],
  }),
  ...operations('taking part', {
    'GET /events/{eventId}/progress': ['getProgress', 'Shows the own progress in an event'],
    'GET /participations': ['listOwnParticipations', 'Lists the own participations'],
    'POST /events/{eventId}/completion': ['completeEvent', 'Completes an event whose condition is met'],
    'POST /events/{eventId}/claims': ['claimReward', 'Claims a reward, all of it or a part'],
    'GET /events/{eventId}/participations': ['listParticipations', 'Lists the participations in an event'],
    'GET /participations/{eventId}/{accountId}': ['getParticipation', 'Shows a participation as it is or was'],
    'GET /participations/{eventId}/{accountId}/explain': [
      'explainParticipation',
      'Explains which logins count and why others do not',
    ],
  }),
  ...operations('claims', {
    'GET /claims/mine': ['listOwnClaims', 'Lists the own claims'],
    'GET /claims': ['listClaims', 'Lists claims, granted and rejected'],
    'GET /claims/export': ['exportClaims', 'Exports all claims that match'],
    'GET /claims/{claimId}': ['getClaim', 'Shows a granted claim'],
  }),
  ...operations('audit', {
    'GET /audit': ['listAudit', 'Lists domain events'],
    'GET /audit/stream': ['followAudit', 'Replays domain events, then follows them live'],
  }),
  ...operations('operations', {
    'GET /projections': ['listProjections', 'Shows how far each read model is'],
    'POST /projections/{name}/rebuild': ['rebuildProjection', 'Fills a read model again beside the live one'],
    'GET /verification': ['getVerification', 'Shows the last check of the books'],
    'GET /dead-letters': ['listDeadLetters', 'Lists messages that could not be handled'],
    'GET /dead-letters/{id}': ['getDeadLetter', 'Shows a message that could not be handled'],
    'POST /dead-letters/{id}/redrive': ['redriveDeadLetter', 'Publishes the message again'],
    'POST /dead-letters/{id}/discard': ['discardDeadLetter', 'Discards the message'],
  }),
]);

/** @throws Error for a route that nobody described */
export const operationOf = ({ method, path }: Pick<Route, 'method' | 'path'>): Operation => {
  const operation = OPERATIONS.get(`${method} ${path}`);
  if (!operation) throw new Error(`${method} ${path} has no entry in operations.ts`);
  return operation;
};
