import { Text } from '@rewards/service-kit/fields';

/** Longer than any refresh token. Shorter values that are no refresh token are unknown tokens, not invalid fields. */
const MAX_TOKEN_LENGTH = 4_096;

export class RefreshTokenBody {
  @Text(MAX_TOKEN_LENGTH)
  refreshToken: string;
}
