import { Fingerprint } from '@rewards/service-kit/resources/dead-letter.responses';

export class DeadLetterGroupBody {
  @Fingerprint()
  fingerprint: string;
}
