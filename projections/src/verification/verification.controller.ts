import { Controller, Get } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Answers } from '@rewards/service-kit/open-api';
import { RULES, type Finding, type Rule } from './findings';
import type { VerificationReport } from './verification';
import { Verifications } from './verifications';

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

export class VerificationDto {
  @ApiProperty({ type: 'boolean', nullable: true, description: 'Null before the first run has finished' })
  ok: boolean | null;

  @ApiProperty({ type: 'string', nullable: true })
  position: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  finishedAt: string | null;

  @ApiProperty({ type: 'boolean' })
  running: boolean;

  @ApiProperty({ type: 'object', additionalProperties: true })
  checked: VerificationReport['checked'] | Record<string, never>;

  @ApiProperty({ type: FindingDto, isArray: true })
  findings: readonly FindingDto[];
}

@Controller('verification')
export class VerificationController {
  constructor(private readonly verifications: Verifications) {}

  @Get()
  @Answers(200, VerificationDto)
  get(): { data: VerificationDto } {
    const { last, running } = this.verifications.ask();
    const { ok, position, finishedAt, checked, findings } = last ?? {
      ok: null,
      position: null,
      finishedAt: null,
      checked: {},
      findings: [],
    };
    return { data: { ok, position, finishedAt, running, checked, findings } };
  }
}
