import { OneOf } from '@rewards/service-kit/fields';

export class VerificationQuery {
  @OneOf(['true', 'false'], { optional: true })
  fresh?: 'true' | 'false';
}
