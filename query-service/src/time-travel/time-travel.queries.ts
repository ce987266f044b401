import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ParticipationEvent } from '@rewards/contracts';
import { participation, type ExistingRewardEvent, type ParticipationState } from '@rewards/domain';
import { existingId, problem } from '@rewards/service-kit';
import { AccountDirectory } from '../accounts/account-directory';
import { Clock } from '../clock';
import { explain, type Explanation } from './explain';
import { ParticipationLog, type AsOf, type StreamFact } from './participation-log';

/** A participation as its own stream tells it. */
export interface PastParticipation {
  readonly state: ParticipationState;
  readonly facts: readonly StreamFact<ParticipationEvent>[];
}

export class GetParticipationAsOf extends Query<PastParticipation> {
  constructor(
    readonly eventId: string,
    readonly accountId: string,
    readonly asOf: AsOf,
  ) {
    super();
  }
}

@QueryHandler(GetParticipationAsOf)
export class GetParticipationAsOfHandler implements IQueryHandler<GetParticipationAsOf> {
  constructor(
    private readonly log: ParticipationLog,
    private readonly accounts: AccountDirectory,
  ) {}

  async execute({ eventId, accountId, asOf }: GetParticipationAsOf): Promise<PastParticipation> {
    await requireBoth(this.log, this.accounts, eventId, accountId);
    const facts = await this.log.participation(eventId, accountId, asOf);
    return { state: stateOf(facts), facts };
  }
}

export class ExplainParticipation extends Query<Explanation> {
  constructor(
    readonly eventId: string,
    readonly accountId: string,
  ) {
    super();
  }
}

@QueryHandler(ExplainParticipation)
export class ExplainParticipationHandler implements IQueryHandler<ExplainParticipation> {
  constructor(
    private readonly log: ParticipationLog,
    private readonly accounts: AccountDirectory,
    private readonly clock: Clock,
  ) {}

  async execute({ eventId, accountId }: ExplainParticipation): Promise<Explanation> {
    const versions = await requireBoth(this.log, this.accounts, eventId, accountId);
    const at = this.clock.now();
    const { startsAt, endsAt } = versions.at(-1) ?? versions[0];
    const [facts, logins] = await Promise.all([
      this.log.participation(eventId, accountId, null),
      this.log.logins(accountId, startsAt, endsAt, at),
    ]);
    return explain({ versions, participation: stateOf(facts), logins, at });
  }
}

const stateOf = (facts: readonly StreamFact<ParticipationEvent>[]): ParticipationState =>
  facts.reduce((state, { event }) => participation.evolve(state, event), participation.initial);

/** @returns the event as each of its facts left it @throws Problem NOT_FOUND for an event or account that does not exist */
const requireBoth = async (
  log: ParticipationLog,
  accounts: AccountDirectory,
  eventId: string,
  accountId: string,
): Promise<readonly [ExistingRewardEvent, ...ExistingRewardEvent[]]> => {
  [eventId, accountId].forEach(existingId);
  const [[first, ...later], isKnown, isRecorded] = await Promise.all([
    log.versionsOfEvent(eventId),
    accounts.has(accountId),
    log.isAccount(accountId),
  ]);
  if (!first) throw problem('NOT_FOUND', { detail: 'No event has the eventId in this path.' });
  if (!(isKnown || isRecorded)) throw problem('NOT_FOUND', { detail: 'No account has the accountId in this path.' });
  return [first, ...later];
};
