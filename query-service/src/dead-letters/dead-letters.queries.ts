import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import {
  streams,
  type ConsistencyToken,
  type DeadLettered,
  type DeadLetterStatus,
  type DeadLetterView,
  type Position,
} from '@rewards/contracts';
import { parsePathId } from '@rewards/service-kit';
import type { PlacedPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';
import { DeadLetterLog } from './dead-letter-log';
import { reject } from '../queries.problems';

export interface DeadLetterFilter {
  readonly topic?: string;
  readonly status?: DeadLetterStatus;
  readonly fingerprint?: string;
}

export class ListDeadLetters extends Query<PlacedPage<DeadLetterView>> {
  constructor(
    readonly filter: DeadLetterFilter,
    /** `position` of the last row of the previous page. */
    readonly after: Position | null,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(ListDeadLetters)
export class ListDeadLettersHandler implements IQueryHandler<ListDeadLetters> {
  constructor(private readonly readModels: ReadModelStore) {}

  /** Lists newest first. Reads one row more than requested to find out whether there is a next page. */
  async execute({ filter, after, limit, atLeast }: ListDeadLetters): Promise<PlacedPage<DeadLetterView>> {
    const { deadLetters } = await this.readModels.open(['deadLetters'], atLeast);
    const { topic, status, fingerprint } = filter;
    const found = await deadLetters.find({
      where: { topic, status, fingerprint, position: after === null ? undefined : { lt: after } },
      orderBy: { field: 'position', direction: 'descending' },
      limit: limit + 1,
    });
    const rows = found.slice(0, limit).map(({ document }) => document);
    const places = rows.map(({ position }) => position);
    return { rows, places, next: found.length > limit ? (places.at(-1) ?? null) : null };
  }
}

export interface WholeDeadLetter {
  readonly view: DeadLetterView;
  readonly letter: DeadLettered;
}

export class GetDeadLetter extends Query<WholeDeadLetter> {
  constructor(
    readonly deadLetterId: string,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(GetDeadLetter)
export class GetDeadLetterHandler implements IQueryHandler<GetDeadLetter> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly log: DeadLetterLog,
  ) {}

  /** @throws Rejected NO_SUCH_DEAD_LETTER */
  async execute({ deadLetterId, atLeast }: GetDeadLetter): Promise<WholeDeadLetter> {
    const id = parsePathId(deadLetterId);
    const { deadLetters } = await this.readModels.open(['deadLetters'], atLeast);
    const stored = await deadLetters.get(streams.deadLetter(id));
    const letter = stored && (await this.log.find(id));
    if (!stored || !letter) return reject('NO_SUCH_DEAD_LETTER', { id });
    return { view: stored.document, letter };
  }
}
