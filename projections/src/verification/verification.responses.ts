import type { Position } from '@rewards/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { NOTES, RULES, type Finding, type Note, type NoteKind, type Rule } from '@rewards/checker';
import type { VerificationReport } from './verification';
import type { VerificationFailure, VerificationState } from './verifications';

export class FindingResponse implements Finding {
  @ApiProperty({ enum: RULES })
  rule: Rule;

  @ApiProperty({ type: 'string', description: 'The stream, or the document as <read model>/<id>' })
  stream: string;

  @ApiProperty({ type: 'integer', nullable: true })
  revision: number | null;

  @ApiProperty({ type: 'string' })
  message: string;
}

export class NoteResponse implements Note {
  @ApiProperty({ enum: NOTES })
  rule: NoteKind;

  @ApiProperty({ type: 'string' })
  stream: string;

  @ApiProperty({ type: 'integer', nullable: true })
  revision: number | null;

  @ApiProperty({ type: 'string' })
  message: string;
}

export class VerificationFailureResponse implements VerificationFailure {
  @ApiProperty({ type: 'string', format: 'date-time' })
  at: string;

  @ApiProperty({ type: 'string' })
  message: string;
}

export class VerificationResponse {
  @ApiProperty({
    type: 'boolean',
    nullable: true,
    description: 'Whether everything was compared without a finding; null before the first run has finished',
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

  @ApiProperty({ type: FindingResponse, isArray: true })
  findings: readonly FindingResponse[];

  @ApiPropertyOptional({ type: NoteResponse, isArray: true, description: 'Differences that break no rule' })
  notes?: readonly NoteResponse[];

  @ApiPropertyOptional({ type: VerificationFailureResponse, description: 'Why the last run did not finish' })
  failure?: VerificationFailureResponse;
}

const NONE_FINISHED = { position: null, finishedAt: null, checked: {}, findings: [] } as const;

export const toVerificationResponse = ({ last, running, failure }: VerificationState): VerificationResponse => {
  const { position, finishedAt, checked, findings, notes } = last ?? { ...NONE_FINISHED, notes: undefined };
  // A read model that was not compared may be wrong, so that is no success.
  const ok = last && last.ok && last.checked.notCompared.length === 0;
  return { ok, position, finishedAt, running, checked, findings, ...(notes && { notes }), ...(failure && { failure }) };
};
