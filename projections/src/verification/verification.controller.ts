import { Controller, Get, Query } from '@nestjs/common';
import { Answers } from '@rewards/service-kit/open-api';
import { Verifications } from './verifications';
import { VerificationResponse } from './verification.responses';
import { VerificationQuery } from './verification.requests';

@Controller('verification')
export class VerificationController {
  constructor(private readonly verifications: Verifications) {}

  @Get()
  @Answers(200, VerificationResponse)
  get(@Query() { fresh }: VerificationQuery): { data: VerificationResponse } {
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
