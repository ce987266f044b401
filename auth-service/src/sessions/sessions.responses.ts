import { ApiProperty } from '@nestjs/swagger';
import { TokenPair } from './sessions.commands';
import { ACCESS_TOKEN_SECONDS } from '@rewards/service-kit';

export class TokensResponse {
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

export class LoginResponse extends TokensResponse {
  @ApiProperty({ format: 'uuid' })
  loginId: string;
}

/** Maps the tokens of a session to a response. */
export const toTokensResponse = ({ accessToken, refreshToken }: TokenPair): TokensResponse => ({
  accessToken,
  refreshToken,
  tokenType: 'Bearer',
  expiresIn: ACCESS_TOKEN_SECONDS,
});
