import { JwtService } from '@nestjs/jwt';
import { ACCESS_TOKEN_SECONDS, TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER } from '@rewards/service-kit';
import type { ActiveAccount } from '../accounts/account';
import { type Clock } from '@rewards/service-kit/clock';
import { newTokenId, type Session } from './session';
import { type SigningKeys } from './signing-keys';

/** Issues access tokens, by which every service identifies a caller. */
export class AccessTokens {
  private readonly jwt = new JwtService({
    signOptions: { algorithm: TOKEN_ALGORITHM, issuer: TOKEN_ISSUER, audience: TOKEN_AUDIENCE, expiresIn: ACCESS_TOKEN_SECONDS },
  });

  constructor(
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {}

  issue({ accountId, email, roles }: ActiveAccount, session: Session): Promise<string> {
    const { kid, privateKey } = this.keys.signing();
    const iat = Math.floor(this.clock.now() / 1_000);
    return this.jwt.signAsync({ email, roles, iat }, { privateKey, keyid: kid, subject: accountId, jwtid: newTokenId(session) });
  }
}
