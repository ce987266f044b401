import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { AuditEntry, ConsistencyToken } from '@rewards/contracts';
import { Exports, ROWS_PER_READ } from '../exports/exports';
import { AuditReader, type AuditFilter } from './audit.queries';

/** Returns all domain events that a filter selects, newest first. The iteration throws if the export cannot be completed. */
export class ExportAudit extends Query<AsyncIterable<readonly AuditEntry[]>> {
  constructor(
    readonly filter: AuditFilter,
    readonly atLeast: ConsistencyToken | null,
    /** Ends the export. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(ExportAudit)
export class ExportAuditHandler implements IQueryHandler<ExportAudit> {
  constructor(
    private readonly rows: AuditReader,
    private readonly exports: Exports,
  ) {}

  async execute({ filter, atLeast, signal }: ExportAudit): Promise<AsyncIterable<readonly AuditEntry[]>> {
    return this.exports.start(
      'audit',
      atLeast,
      signal,
      async () => (audit, after) => this.rows.page(audit, filter, after, ROWS_PER_READ),
    );
  }
}
