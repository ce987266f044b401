import { Body, Controller, Get, Header, HttpCode, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { SESSION_SECONDS_HEADER } from '@rewards/contracts';
import { Call, OfCall } from '@rewards/service-kit/call';
import { Answers } from '@rewards/service-kit/open-api';
import { LogInBody, PasswordBody } from '../accounts/accounts.requests';
import { JWKS_MAX_AGE_SECONDS } from './key-rotation';
import { ChangePassword, LogIn, LogOut, RefreshSession } from './sessions.commands';
import { RefreshTokenBody } from './sessions.requests';
import { LoginResponse, TokensResponse, toTokensResponse } from './sessions.responses';
import { SigningKeys } from './signing-keys';

@Controller()
export class SessionsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly keys: SigningKeys,
  ) {}

  @Post('auth/login')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Answers(200, LoginResponse)
  async logIn(@Body() { email, password }: LogInBody, @OfCall() { network, origin, reply }: Call) {
    const login = await this.commands.execute(new LogIn({ email, password, network }, origin));
    void reply.header(SESSION_SECONDS_HEADER, login.sessionSeconds);
    return { data: { ...toTokensResponse(login), loginId: login.loginId } };
  }

  @Post('auth/refresh')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Answers(200, TokensResponse)
  async refresh(@Body() { refreshToken }: RefreshTokenBody, @OfCall() { reply }: Call) {
    const tokens = await this.commands.execute(new RefreshSession(refreshToken));
    void reply.header(SESSION_SECONDS_HEADER, tokens.sessionSeconds);
    return { data: toTokensResponse(tokens) };
  }

  @Post('auth/logout')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'The session has ended' })
  async logOut(@Body() { refreshToken }: RefreshTokenBody): Promise<void> {
    await this.commands.execute(new LogOut(refreshToken));
  }

  @Post('auth/password')
  @HttpCode(204)
  @ApiNoContentResponse({ description: 'The password is changed, and the other sessions of the account have ended' })
  async changePassword(@Body() body: PasswordBody, @OfCall() { caller, network }: Call): Promise<void> {
    const attempt = { email: caller.email, password: body.currentPassword, network };
    await this.commands.execute(new ChangePassword(attempt, body.newPassword, caller.tokenId));
  }

  /** Returns the public keys for access tokens as an RFC 7517 JWK Set, without the usual envelope. */
  @Get('.well-known/jwks.json')
  @Header('cache-control', `max-age=${JWKS_MAX_AGE_SECONDS}`)
  @ApiOkResponse({
    description: 'JWK Set',
    schema: { type: 'object', required: ['keys'], properties: { keys: { type: 'array', items: { type: 'object' } } } },
  })
  publicKeys() {
    return this.keys.jwks();
  }
}
