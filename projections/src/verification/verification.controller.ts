import { Controller, Get, Query } from '@nestjs/common';
import { Answers } from '@rewards/service-kit/open-api';
import { Verifications } from './verifications';
import { toVerificationResponse, VerificationResponse } from './verification.responses';
import { VerificationQuery } from './verification.requests';

@Controller('verification')
export class VerificationController {
  constructor(private readonly verifications: Verifications) {}

  @Get()
  @Answers(200, VerificationResponse)
  get(@Query() { fresh }: VerificationQuery): { data: VerificationResponse } {
    return { data: toVerificationResponse(this.verifications.request(fresh === 'true')) };
  }
}
