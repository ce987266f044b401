import { ApiProperty } from '@nestjs/swagger';
import { Text } from '@rewards/service-kit/dto';

/** Longer than any of ours: what is no refresh token at all is unknown, not malformed. */
const MAX_TOKEN_LENGTH = 4_096;

export class RefreshTokenBody {
  @Text(MAX_TOKEN_LENGTH)
  refreshToken: string;
}

export class TokensAnswer {
  @ApiProperty()
  accessToken: string;

  @ApiProperty()
  refreshToken: string;

  @ApiProperty({ enum: ['Bearer'] })
  tokenType: 'Bearer';

  /** Seconds until the access token expires. */
  @ApiProperty({ type: 'integer' })
  expiresIn: number;
}

export class LoginAnswer extends TokensAnswer {
  @ApiProperty({ format: 'uuid' })
  loginId: string;
}
