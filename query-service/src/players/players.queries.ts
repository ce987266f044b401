import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import {
  isEmail,
  isId,
  normaliseEmail,
  parseSortKey,
  START,
  streams,
  type AuditView,
  type ClaimView,
  type ConsistencyToken,
  type DeliveryView,
  type LoginEvent,
  type ParticipationView,
  type Position,
  type Role,
} from '@rewards/contracts';
import type { Collection, Filter } from '@rewards/document-store';
import { UnknownTerms, UnknownTimeZone } from '@rewards/domain';
import { parsePathId } from '@rewards/service-kit';
import { Clock } from '@rewards/service-kit/clock';
import { AccountDirectory } from '../accounts/account-directory';
import { AuditReader } from '../audit/audit.queries';
import { ANY_MILESTONE, ClaimReader, type ClaimRow } from '../claims/claims.queries';
import { DeliveryReader, findDelivery } from '../deliveries/deliveries.queries';
import { HeavyReads } from '../heavy-reads';
import { toProgressRow, type ProgressRow } from '../participations/progress-row';
import { reject } from '../queries.problems';
import { findNewestFirst } from '../read-models/order';
import { ReadModelStore, type Opened } from '../read-models/read-model-store';
import { explain, type Explanation } from '../time-travel/explain';
import { ParticipationLog } from '../time-travel/participation-log';
import { readableTerms, stateOf } from '../time-travel/time-travel.queries';

/** Kinds of identifiers by which a player is found. */
export const IDENTIFIERS = ['email', 'accountId', 'claimId', 'loginId', 'requestId', 'deliveryId', 'traceId'] as const;
export type Identifier = (typeof IDENTIFIERS)[number];

export interface FoundPlayer {
  readonly accountId: string;
  /** Null if the account was erased. */
  readonly email: string | null;
  readonly matchedBy: Identifier;
}

/** Maximum number of players that a search finds. */
const MAX_FOUND = 20;
const ROWS_PER_READ = 100;
const TRACE_ID = /^[0-9a-f]{32}$/;

/** Finds players by an identifier of any kind. */
export class FindPlayers extends Query<readonly FoundPlayer[]> {
  constructor(
    readonly identifier: string,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(FindPlayers)
export class FindPlayersHandler implements IQueryHandler<FindPlayers> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly log: ParticipationLog,
    private readonly accounts: AccountDirectory,
  ) {}

  async execute({ identifier, atLeast }: FindPlayers): Promise<readonly FoundPlayer[]> {
    const readModels = await this.readModels.open(['claims', 'audit', 'deliveries'], atLeast);
    const found = new Map<string, Identifier>();
    for (const kind of IDENTIFIERS) {
      for (const accountId of await this.accountsBy(kind, identifier, readModels)) {
        if (!found.has(accountId) && found.size < MAX_FOUND) found.set(accountId, kind);
      }
    }
    const emails = await this.accounts.emailsOf([...found.keys()]);
    return [...found].map(([accountId, matchedBy]) => ({ accountId, email: emails.get(accountId) ?? null, matchedBy }));
  }

  private async accountsBy(
    kind: Identifier,
    text: string,
    { claims, audit, deliveries }: Opened<'claims' | 'audit' | 'deliveries'>,
  ): Promise<readonly string[]> {
    // Support may paste an id in capitals. Only a requestId is case-sensitive.
    const id = text.toLowerCase();
    switch (kind) {
      case 'email': {
        const accountId = isEmail(normaliseEmail(text)) && (await this.accounts.findAccount({ email: normaliseEmail(text) }));
        return accountId ? [accountId] : [];
      }
      case 'accountId':
        return isId(id) && ((await this.accounts.has(id)) || (await this.log.account(id)) !== null) ? [id] : [];
      case 'claimId':
        return isId(id) ? accountsIn(claims, { claimId: id }) : [];
      case 'loginId':
        return isId(id) ? accountsIn(audit, { type: 'LoggedIn', causationId: id }) : [];
      case 'requestId':
        return accountsIn(claims, { requestId: text });
      case 'deliveryId': {
        const delivery = isId(id) && (await findDelivery(deliveries, id));
        return delivery ? [delivery.accountId] : [];
      }
      case 'traceId':
        return TRACE_ID.test(id) ? accountsIn(audit, { traceId: id }) : [];
    }
  }
}

/** Returns the different accounts of the rows that match, those of the newest rows first. */
const accountsIn = async <Row extends ClaimView | AuditView>(
  rows: Collection<Row>,
  where: Filter<ClaimView> | Filter<AuditView>,
): Promise<readonly string[]> => {
  const accountIds = new Set<string>();
  for (;;) {
    // Rows of accounts that were found, and of none, are left out, so each read finds others.
    const others = { ...where, accountId: { notIn: [null, ...accountIds] } } as unknown as Filter<Row>;
    const found = await rows.find({
      where: others,
      orderBy: { field: 'order', direction: 'descending' } as never,
      limit: ROWS_PER_READ,
    });
    for (const { document } of found) if (document.accountId !== null) accountIds.add(document.accountId);
    if (found.length < ROWS_PER_READ || accountIds.size >= MAX_FOUND) return [...accountIds];
  }
};

/** A participation of a player, with a summary of its explanation; null if the event cannot be read. */
export interface PlayerParticipation extends ProgressRow {
  readonly explain: Omit<Explanation, 'logins'> | null;
}

export interface PlayerLogin {
  readonly loginId: string;
  readonly at: string;
  readonly position: Position;
}

/** What support needs about one player. Each list has the newest rows. */
export interface Player {
  readonly accountId: string;
  /** Null if the account was erased. */
  readonly email: string | null;
  readonly roles: readonly Role[];
  /** Null if unknown. */
  readonly registeredAt: string | null;
  readonly participations: readonly PlayerParticipation[];
  /** Granted and rejected. */
  readonly claims: readonly ClaimRow[];
  readonly logins: readonly PlayerLogin[];
  readonly deliveries: readonly DeliveryView[];
}

const MAX_PARTICIPATIONS = 50;
const MAX_ROWS = 20;

export class GetPlayer extends Query<Player> {
  constructor(
    readonly accountId: string,
    readonly atLeast: ConsistencyToken | null,
    /** Ends the reads. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(GetPlayer)
export class GetPlayerHandler implements IQueryHandler<GetPlayer> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly log: ParticipationLog,
    private readonly accounts: AccountDirectory,
    private readonly claims: ClaimReader,
    private readonly deliveries: DeliveryReader,
    private readonly clock: Clock,
    private readonly heavyReads: HeavyReads,
    private readonly auditLog: AuditReader,
  ) {}

  execute(query: GetPlayer): Promise<Player> {
    return this.heavyReads.run(query.signal, () => this.read(query));
  }

  private async read({ accountId, atLeast, signal }: GetPlayer): Promise<Player> {
    parsePathId(accountId);
    const readModels = await this.readModels.open(['events', 'participations', 'claims', 'audit', 'deliveries'], atLeast);
    const account = await this.log.account(accountId);
    if (!account) return reject('NO_SUCH_PLAYER');
    const [emails, claims, logins, deliveries, participations] = await Promise.all([
      this.accounts.emailsOf([accountId]),
      this.claims.page(readModels.claims, readModels, { accountId, milestones: ANY_MILESTONE }, null, MAX_ROWS),
      this.newestLogins(readModels.audit, accountId),
      this.deliveries.page(readModels.deliveries, { accountId }, null, MAX_ROWS),
      this.newestParticipations(readModels, accountId, signal),
    ]);
    const email = emails.get(accountId) ?? null;
    return { accountId, email, ...account, participations, claims: claims.rows, logins, deliveries: deliveries.rows };
  }

  private async newestLogins(audit: Collection<AuditView>, accountId: string): Promise<readonly PlayerLogin[]> {
    const page = { after: null, limit: MAX_ROWS, now: this.clock.iso() };
    const { rows } = await findNewestFirst(audit, { accountId, type: 'LoggedIn' }, page);
    const entries = await this.auditLog.entriesAt(rows.map(({ order }) => parseSortKey(order)?.position ?? START));
    return entries.map(({ data, at, position }) => ({ loginId: (data as LoginEvent['data']).loginId, at, position }));
  }

  private async newestParticipations(
    { events, participations }: Opened<'events' | 'participations'>,
    accountId: string,
    signal: AbortSignal,
  ): Promise<readonly PlayerParticipation[]> {
    const found = await participations.find({
      where: { accountId },
      orderBy: { field: 'startedPosition', direction: 'descending' },
      limit: MAX_PARTICIPATIONS,
    });
    const joined = await events.getMany(found.map(({ document }) => streams.rewardEvent(document.eventId)));
    const rows: PlayerParticipation[] = [];
    // A player may take part in many cycles of one event.
    const histories = new Map<string, History>();
    for (const { document } of found) {
      signal.throwIfAborted();
      const event = joined.get(streams.rewardEvent(document.eventId))?.document;
      if (!event) continue;
      const history = histories.get(document.eventId) ?? (await this.log.versionsOfEvent(document.eventId));
      histories.set(document.eventId, history);
      rows.push({ ...toProgressRow(document, event), explain: await this.explanationOf(document, history) });
    }
    return rows;
  }

  private async explanationOf(view: ParticipationView, { found, unreadable }: History): Promise<PlayerParticipation['explain']> {
    const { eventId, accountId, cycle = null } = view;
    const [first, ...later] = found;
    if (!first) return null;
    const versions = [first, ...later] as const;
    const folded = this.log.fold(await this.log.participation(eventId, accountId, cycle));
    const state = stateOf(folded);
    try {
      const { completion, milestones, claims } = explain({
        ...{ versions, cycle, participation: state, logins: [], at: this.clock.iso() },
        terms: readableTerms(state, versions, unreadable),
        unreadable: unreadable[0] ?? folded.unreadable,
      });
      return { completion, milestones, claims };
    } catch (error) {
      // It started with terms that were recorded after its event was read.
      if (error instanceof UnknownTerms) return this.explanationOf(view, await this.log.versionsOfEvent(eventId));
      // The rest of the answer is still useful if this service cannot compute the cycles of one event.
      if (error instanceof UnknownTimeZone) return null;
      throw error;
    }
  }
}

type History = Awaited<ReturnType<ParticipationLog['versionsOfEvent']>>;
