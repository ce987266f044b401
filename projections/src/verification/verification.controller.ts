import type { Position } from '@rewards/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OneOf } from '@rewards/service-kit/dto';
import { Answers } from '@rewards/service-kit/open-api';
import { NOTES, RULES, type Finding, type Note, type NoteKind, type Rule } from '@rewards/checker';
import type { VerificationReport } from './verification';
import { Verifications, type VerificationFailure } from './verifications';

export class VerificationQuery {
  @OneOf(['true', 'false'], { optional: true })
  fresh?: 'true' | 'false';
}

export class FindingDto implements Finding {
  @ApiProperty({ enum: RULES })
  rule: Rule;

  @ApiProperty({ type: 'string', description: 'The stream, or the document as <read model>/<id>' })
  stream: string;

  @ApiProperty({ type: 'integer', nullable: true })
  revision: number | null;

  @ApiProperty({ type: 'string' })
  message: string;
}

export class NoteDto implements Note {
  @ApiProperty({ enum: NOTES })
  rule: NoteKind;

  @ApiProperty({ type: 'string' })
  stream: string;

  @ApiProperty({ type: 'integer', nullable: true })
  revision: number | null;

  @ApiProperty({ type: 'string' })
  message: string;
}

export class VerificationFailureDto implements VerificationFailure {
  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'string' })
  message: string;
}

export class VerificationDto {
  @ApiProperty({
    type: 'boolean',
    nullable: true,
    description: 'Whether everything was compared, and nothing found; null before the first run has finished',
  })
  ok: boolean | null;

  @ApiProperty({ type: 'string', nullable: true })
  position: Position | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  finishedAt: string | null;

  @ApiProperty({ type: 'boolean' })
  running: boolean;

  @ApiProperty({ type: 'object', additionalProperties: true })
  checked: VerificationReport['checked'] | Record<string, never>;

  @ApiProperty({ type: FindingDto, isArray: true })
  findings: readonly FindingDto[];

  @ApiPropertyOptional({ type: NoteDto, isArray: true, description: 'Differences that break no rule' })
  notes?: readonly NoteDto[];

  @ApiPropertyOptional({ type: VerificationFailureDto, description: 'Why the last run did not finish' })
  failure?: VerificationFailureDto;
}

@Controller('verification')
export class VerificationController {
  constructor(private readonly verifications: Verifications) {}

  @Get()
  @Answers(200, VerificationDto)
  get(@Query() { fresh }: VerificationQuery): { data: VerificationDto } {
    const { last, running, failure } = this.verifications.ask(fresh === 'true');
    const { position, finishedAt, checked, findings, notes } = last ?? { ...NONE_FINISHED, notes: undefined };
    // Without a comparison nothing is known of a read model: that is no success.
    const ok = last && last.ok && last.checked.notCompared.length === 0;
    return {
      data: { ok, position, finishedAt, running, checked, findings, ...(notes && { notes }), ...(failure && { failure }) },
    };
  }
}

const NONE_FINISHED = { position: null, finishedAt: null, checked: {}, findings: [] } as const;
