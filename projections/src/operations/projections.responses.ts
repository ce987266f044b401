import type { Position } from '@rewards/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { PROJECTION_STATES, type ProjectionReport } from './monitor';

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
