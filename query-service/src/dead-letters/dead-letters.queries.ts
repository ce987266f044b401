import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken, DeadLetterStatus, DeadLetterView, Position } from '@rewards/contracts';
import type { CursorPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';

export interface DeadLetterFilter {
  readonly topic?: string;
  readonly status?: DeadLetterStatus;
}

export class ListDeadLetters extends Query<CursorPage<DeadLetterView>> {
  constructor(
    readonly filter: DeadLetterFilter,
    /** `position` of the last row seen. */
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

  /** Newest first. One row more than asked for tells whether the list goes on. */
  async execute({ filter, after, limit, atLeast }: ListDeadLetters): Promise<CursorPage<DeadLetterView>> {
    const { deadLetters } = await this.readModels.open(['deadLetters'], atLeast);
    const { topic, status } = filter;
    const found = await deadLetters.find({
      where: { topic, status, position: after === null ? undefined : { lt: after } },
      orderBy: { field: 'position', direction: 'descending' },
      limit: limit + 1,
    });
    const rows = found.slice(0, limit).map(({ document }) => document);
    return { rows, next: found.length > limit ? (rows.at(-1)?.position ?? null) : null };
  }
}
