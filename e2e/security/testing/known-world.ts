import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { positionOfToken, type RewardEventStatus } from '@rewards/contracts';
import { openEmbeddedMessageBus } from '@rewards/message-bus/adapters/embedded';
import { until } from '@rewards/testing/until';
import { Client } from '../../testing/client';
import { type System } from '../../testing/system';

export interface KnownEvent {
  readonly eventId: string;
  readonly status: RewardEventStatus;
  readonly rewards: readonly string[];
}

export const CALLERS = ['nobody', 'stranger', 'player', 'operator', 'auditor', 'admin'] as const;
export type Caller = (typeof CALLERS)[number];

interface EventAnswer {
  readonly eventId: string;
  readonly status: RewardEventStatus;
  readonly rewards: readonly { readonly name: string }[];
}

const HOUR = 3_600_000;
const PLAYERS = 10;
const PLAYABLE_EVENTS = 5;
const VICTIMS = 120;
/** Scheduled and paused events each, enough for the run: few of the events that requests create become scheduled or paused. */
const CHANGEABLE_EVENTS = 15;
/** Enough for the run: a redriven message becomes a new dead letter. */
const DEAD_LETTERS = 120;
/** Dead letters of a group of their own, so that requests about the group leave the others open. */
const GROUPED_DEAD_LETTERS = 3;

/** Accounts, tokens, events and cursors that fuzzed requests refer to. Every answer adds to them. */
export class KnownWorld {
  /** Credentials of accounts whose roles and passwords do not change. */
  readonly accounts: { readonly email: string; readonly password: string }[] = [];
  /** Ids of accounts that may be changed and erased. */
  readonly victims: string[] = [];
  readonly refreshTokens: string[] = [];
  /** Cursors by operation. */
  readonly cursors = new Map<string, string[]>();
  readonly positions: string[] = [];
  readonly projections: string[] = [];
  /** Ids of dead letters, and of those that are open. */
  readonly deadLetters: string[] = [];
  readonly openDeadLetters: string[] = [];
  /** Fingerprints of groups of dead letters that may be handled as a whole. */
  readonly groups: string[] = [];
  /** Ids of granted claims. */
  readonly claims: string[] = [];
  /** Ids of endpoints that exist, and of deliveries. */
  readonly endpoints: string[] = [];
  /** Id of the only webhook, which is never removed. */
  webhook = '';
  readonly deliveries: string[] = [];
  /** Events that operators may change. */
  readonly events = new Map<string, KnownEvent>();
  /** Events that all players have completed. */
  readonly playable: KnownEvent[] = [];

  private constructor(private readonly tokens: Readonly<Record<Caller, readonly string[]>>) {}

  static async build(system: System): Promise<KnownWorld> {
    const admin = await Client.admin(system);
    const operator = await Client.withRoles(system, admin, 'OPERATOR');
    const auditor = await Client.withRoles(system, admin, 'AUDITOR');
    const players = Array.from({ length: PLAYERS }, () => new Client(system));
    await Promise.all(players.map((player) => player.register()));
    const playable = await Promise.all(Array.from({ length: PLAYABLE_EVENTS }, (_, index) => publishedEvent(operator, index)));
    const changeable = await Promise.all(
      Array.from({ length: CHANGEABLE_EVENTS }, async (_, index) => [
        await publishedEvent(operator, index, HOUR),
        await pausedEvent(operator, index),
      ]),
    );
    await Promise.all(players.map((player) => player.logIn()));
    const token = ({ authorization }: Client) => authorization['authorization'] as string;
    await publishInvalidMessages(system);
    await publishInvalidMessages(system, GROUPED_DEAD_LETTERS, '{}');
    const world = new KnownWorld({
      nobody: [],
      stranger: ['Bearer nonsense', 'Bearer a.b.c', 'Basic YTpi', `${token(admin)}x`],
      player: players.map(token),
      operator: [token(operator)],
      auditor: [token(auditor)],
      admin: [token(admin)],
    });
    world.accounts.push(...players.map(({ credentials }) => credentials));
    world.playable.push(...playable);
    for (const event of changeable.flat()) world.events.set(event.eventId, event);
    const victims = Array.from({ length: VICTIMS }, () => new Client(system));
    world.victims.push(...(await Promise.all(victims.map((victim) => victim.register()))));
    for (const { credentials } of players) {
      const { body } = await admin.post('/auth/login', credentials);
      world.refreshTokens.push(body.data.refreshToken);
    }
    await Promise.all(
      players.flatMap((player) =>
        playable.map(({ eventId }) =>
          until('completion', async () => (await player.post(`/events/${eventId}/completion`)).status === 200, Boolean, {
            withinMs: 30_000,
          }),
        ),
      ),
    );
    // Accepts the rewards of claims, and never receives them: its name resolves nowhere, so its deliveries stay open.
    const webhook = { name: 'Rewards', kind: 'WEBHOOK', url: 'https://receiver.invalid/rewards' };
    const endpoint = await admin.post('/delivery-endpoints', webhook);
    if (endpoint.status !== 201) throw new Error(`add endpoint: ${endpoint.status}`);
    world.webhook = endpoint.body.data.id as string;
    world.endpoints.push(world.webhook);
    await Promise.all(
      players.flatMap((player, index) =>
        playable.map(({ eventId, rewards: [rewardName] }) =>
          player.post(`/events/${eventId}/claims`, { requestId: `delivered-${index}`, rewardName, amount: 1 }),
        ),
      ),
    );
    const deliveries = await until(
      'the deliveries',
      async () => (await admin.get('/deliveries?limit=100')).body.data as { deliveryId: string }[],
      (found) => found.length >= players.length,
      { withinMs: 30_000 },
    );
    world.deliveries.push(...deliveries.map(({ deliveryId }) => deliveryId));
    const groups = await until(
      'the groups of dead letters',
      async () => (await admin.get('/dead-letters/groups')).body.data as { fingerprint: string; count: number }[],
      (found) => found.some(({ count }) => count === DEAD_LETTERS) && found.some(({ count }) => count === GROUPED_DEAD_LETTERS),
      { withinMs: 30_000 },
    );
    world.groups.push(...groups.filter(({ count }) => count === GROUPED_DEAD_LETTERS).map(({ fingerprint }) => fingerprint));
    const open = (await admin.get('/dead-letters?status=OPEN&limit=100')).body.data as { id: string }[];
    world.deadLetters.push(...open.map(({ id }) => id));
    world.openDeadLetters.push(...world.deadLetters);
    const { body } = await admin.get('/projections');
    world.projections.push(...(body.data as { name: string }[]).map(({ name }) => name));
    return world;
  }

  /** Returns the `Authorization` header of a caller. @param which selects one of several tokens; any number */
  authorizationOf(caller: Caller, which: number): string | undefined {
    const tokens = this.tokens[caller];
    return tokens[which % tokens.length];
  }

  cursorsOf(operation: string): readonly string[] {
    return this.cursors.get(operation) ?? [];
  }

  eventsIn(...statuses: readonly RewardEventStatus[]): KnownEvent[] {
    return [...this.events.values()].filter(({ status }) => statuses.includes(status));
  }

  /** Removes tokens, accounts, dead letters and endpoints that a request uses up. */
  spend(operation: string, body: unknown, parameters: Readonly<Record<string, string>>): void {
    if (/\/auth\/(refresh|logout)$/.test(operation))
      remove(this.refreshTokens, (body as { refreshToken?: unknown })?.refreshToken);
    if (operation.endsWith('/erase')) remove(this.victims, parameters['accountId']);
    if (operation.startsWith('POST /dead-letters')) remove(this.openDeadLetters, parameters['id']);
    if (operation === 'POST /delivery-endpoints/{id}/remove') remove(this.endpoints, parameters['id']);
  }

  /** Adds the ids, tokens and positions of an answer. */
  learn(operation: string, { data, page }: { data?: unknown; page?: { next?: unknown } }, token: string | null): void {
    if (token !== null) this.positions.push(positionOfToken(token));
    if (typeof page?.next === 'string') this.cursors.set(operation, [...this.cursorsOf(operation), page.next]);
    if (operation === 'POST /auth/register') this.victims.push((data as { accountId: string }).accountId);
    if (/\/auth\/(login|refresh)$/.test(operation)) this.refreshTokens.push((data as { refreshToken: string }).refreshToken);
    if (operation === 'POST /events/{eventId}/claims') this.claims.push((data as { claimId: string }).claimId);
    if (operation === 'POST /delivery-endpoints') this.endpoints.push((data as { id: string }).id);
    if (operation === 'GET /delivery-endpoints') addNew(this.endpoints, idsOf(data as { id: string }[]));
    if (operation === 'GET /deliveries')
      addNew(
        this.deliveries,
        (data as { deliveryId: string }[]).map(({ deliveryId }) => deliveryId),
      );
    if (operation === 'GET /dead-letters')
      addNew(this.openDeadLetters, idsOf((data as { id: string; status: string }[]).filter(({ status }) => status === 'OPEN')));
    if (/^POST \/events(?!.*\/(completion|claims)$)/.test(operation)) {
      const event = knownEventOf(data as EventAnswer);
      this.events.set(event.eventId, event);
    }
  }
}

const remove = <Item>(list: Item[], item: unknown): void => {
  const index = list.indexOf(item as Item);
  if (index >= 0) list.splice(index, 1);
};

const addNew = <Item>(list: Item[], items: readonly Item[]): void => {
  for (const item of items) if (!list.includes(item)) list.push(item);
};

const idsOf = (listed: readonly { readonly id: string }[]): readonly string[] => listed.map(({ id }) => id);

const knownEventOf = ({ eventId, status, rewards }: EventAnswer): KnownEvent => ({
  eventId,
  status,
  rewards: rewards.map(({ name }) => name),
});

/** Publishes messages that can never be handled. */
export const publishInvalidMessages = async ({ dataDir }: System, count = DEAD_LETTERS, value = 'nonsense'): Promise<void> => {
  const bus = openEmbeddedMessageBus({ directory: join(dataDir, 'bus') });
  await bus.publish(
    'logins',
    Array.from({ length: count }, (_, index) => ({ key: `nobody-${index}`, value })),
  );
  await bus.close();
};

const pausedEvent = async (operator: Client, index: number): Promise<KnownEvent> => {
  const { eventId } = await publishedEvent(operator, index);
  const { status, body } = await operator.post(`/events/${eventId}/pause`);
  if (status !== 200) throw new Error(`pause event: ${status}`);
  return knownEventOf(body.data as EventAnswer);
};

const publishedEvent = async (operator: Client, index: number, startsInMs = -HOUR): Promise<KnownEvent> => {
  const { status, body } = await operator.post('/events', {
    name: `접속 이벤트 ${index}`,
    startsAt: new Date(Date.now() + startsInMs).toISOString(),
    endsAt: new Date(Date.now() + 24 * HOUR).toISOString(),
    condition: { type: 'LOGIN_COUNT', count: 1 },
    rewards: Array.from({ length: 10 }, (_, reward) => ({ name: `보상 ${reward}`, type: 'ITEM', amount: 1_000 })),
    publish: true,
    requestId: randomUUID(),
  });
  if (status !== 201) throw new Error(`create event: ${status}`);
  return knownEventOf(body.data as EventAnswer);
};
