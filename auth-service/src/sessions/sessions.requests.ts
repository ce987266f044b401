import { Text } from '@rewards/service-kit/fields';

/** Longer than any of ours: what is no refresh token at all is unknown, not malformed. */
const MAX_TOKEN_LENGTH = 4_096;

export class RefreshTokenBody {
  @Text(MAX_TOKEN_LENGTH)
  refreshToken: string;
}
