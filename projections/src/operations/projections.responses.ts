import type { Position } from '@rewards/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { PROJECTION_STATES, type ProjectionReport } from './monitor';
import type { RebuildReport } from './rebuild-speed';

/** The progress of a rebuild. */
export class RebuildProgressResponse implements RebuildReport {
  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty({ type: 'string' })
  position: Position;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'Domain events read for it, by its speed of the last seconds' })
  eventsPerSecond: number;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Until it reaches the end of the log; null if unknown' })
  etaMs: number | null;
}

export class ProjectionResponse implements ProjectionReport {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty({ type: 'string' })
  position: Position;

  @ApiProperty({ type: 'integer', nullable: true })
  lagEvents: number | null;

  @ApiProperty({ type: 'integer' })
  lagMs: number;

  @ApiProperty({ enum: PROJECTION_STATES })
  state: ProjectionReport['state'];

  @ApiProperty({ type: 'string', nullable: true })
  error: string | null;

  @ApiProperty({ type: RebuildProgressResponse, nullable: true, description: 'The rebuild in progress; null if there is none' })
  rebuild: RebuildProgressResponse | null;
}

/** A rebuild in progress. Its version replaces the live one when it has caught up with it. */
export class RebuildResponse {
  @ApiProperty({ type: 'string' })
  name: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty({ type: 'string' })
  position: Position;
}
